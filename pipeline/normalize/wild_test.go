package normalize

import "testing"

// Damage as it comes over the wire, with the text it was. Each line is one
// article's worth of trouble; several rules work together.
func TestDamageAsItComes(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		// UTF-8 read as windows-1252, once.
		{"The envoyâ€™s plane â€“ a Boeing â€“ landed at 5Â p.m.", "The envoy’s plane – a Boeing – landed at 5 p.m."},
		{"Mevlüt Çavuşoğlu’s â€œvisitâ€\u009d", "Mevlüt Çavuşoğlu’s “visit”"},
		{"MevlÃ¼t Ã‡avuÅŸoÄŸlu said", "Mevlüt Çavuşoğlu said"},
		{"ErdoÄŸan met DavutoÄŸlu in Ä°zmir", "Erdoğan met Davutoğlu in İzmir"},
		{"SÃ£o Paulo, MÃ¡laga, MalmÃ¶, ZÃ¼rich", "São Paulo, Málaga, Malmö, Zürich"},
		{"It cost â‚¬5 million (Â£4.4 million)", "It cost €5 million (£4.4 million)"},
		{"40Â°C in the shade, Â½ a cup", "40°C in the shade, ½ a cup"},
		{"â€¦ and so on", "… and so on"},
		{"FranÃ§ois, NoÃ«l, AndrÃ© and ZoÃ«", "François, Noël, André and Zoë"},
		// Twice.
		{"the envoyÃ¢â‚¬â„¢s plane", "the envoy’s plane"},
		{"MÃƒÂ¡laga and ZÃƒÂ¼rich", "Málaga and Zürich"},
		// UTF-8 read as windows-1254, 1250, 1251, Macintosh.
		{"ErdoÄŸan’Ä±n Ä°stanbul’daki evi ğŸ˜€", "Erdoğan’ın İstanbul’daki evi 😀"},
		{"WaĹ‚Ä™sa and KraĚtky, PoznaĹ„", "Wałęsa and KraĚtky, Poznań"},
		{"РџСѓС‚РёРЅ Рё Р\u00adСЂРґРѕРіР°РЅ", "Путин и Эрдоган"},
		{"the вЂњdealвЂќ of the century", "the “deal” of the century"},
		{"the caf√© and the fa√ßade", "the café and the façade"},
		{"it‚Äôs over, ‚Äúsaid‚Äù the envoy", "it’s over, “said” the envoy"},
		// A web page pasted into the copy.
		{"<p>He said:&nbsp;&ldquo;No.&rdquo;</p>\n<p>She left.</p>", "He said: “No.”\n\nShe left."},
		{"Tom &amp;amp; Jerry &gt; others", "Tom & Jerry > others"},
		{"He <strong>really</strong> <a href='https://e.org/x?a=1&amp;b=2'>said</a> so", "He really said so"},
		// A PDF pasted into the copy.
		{"The oﬃcer con-\nﬁrmed that the eﬀort\nhad been in vain.", "The officer confirmed that the effort had been in vain."},
		{"Com-\npared with 2015, well-\nknown facts", "Compared with 2015, well-known facts"},
		{"The con\u00adfer\u00adence was held", "The conference was held"},
		// A terminal, a chat, a spreadsheet.
		{"\x1b[1mALERT\x1b[0m: the bridge is shut", "ALERT: the bridge is shut"},
		{"Name\tAge\tTown", "Name Age Town"},
		{"\u202aThe bridge\u202c is \u200bshut\u200e.", "The bridge is shut."},
		{"ＢＲＥＡＫＩＮＧ： bridge shut", "BREAKING: bridge shut"},
		// A typist in a hurry.
		{"He left .  She stayed , too .", "He left. She stayed, too."},
		{"The bridge is shut.Nobody was hurt.It opens at noon.", "The bridge is shut. Nobody was hurt. It opens at noon."},
		{"   Lead paragraph.   \n\n\n\n   Second one.\u00a0", "Lead paragraph.\n\nSecond one."},
	} {
		got, repairs := Text(c.in)
		if got != c.want {
			t.Errorf("%q\n got %q\nwant %q\n log %+v", c.in, got, c.want, repairs)
		}
		if Apply(c.in, repairs) != got {
			t.Errorf("%q: the log makes something else", c.in)
		}
	}
}
