package reader_test

import (
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/reader"
)

// Pages in the shapes that news sites give them. Each is made up; the blocks
// that must come of it stand below it, and what must not.
var layouts = map[string]struct {
	page string
	want []string // in this order
	not  []string
}{
	"a wire story with schema markup": {
		page: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Quake shakes Port Halden, no deaths reported - Northern Wire</title>
<meta property="og:site_name" content="Northern Wire">
<meta property="og:title" content="Quake shakes Port Halden, no deaths reported">
<script type="application/ld+json">
{
  "@context": "https://schema.org",
  "@type": "NewsArticle",
  "headline": "Quake shakes Port Halden, no deaths reported",
  "datePublished": "2025-04-02T06:15:00Z",
  "keywords": ["earthquake", "Port Halden"]
}
</script>
</head>
<body>
<header class="site-header"><a href="/">Northern Wire</a><ul class="menu"><li><a href="/world">World</a></li><li><a href="/sport">Sport</a></li></ul></header>
<main>
<article itemscope itemtype="https://schema.org/NewsArticle">
<h1 itemprop="headline">Quake shakes Port Halden, no deaths reported</h1>
<div itemprop="articleBody">
<p>PORT HALDEN (Northern Wire) &mdash; An earthquake of magnitude 5.2 shook the harbour town of Port Halden early on Wednesday, the seismic institute said.</p>
<p>No deaths were reported. Two people were treated for cuts, according to Dr. Ilse Brandt of St. Anna's Hospital.</p>
<p>&ldquo;The lamps swung and the dog hid,&rdquo; said a baker, Jon Marr.</p>
</div>
</article>
</main>
<footer class="site-footer"><p>Copyright Northern Wire. All rights reserved worldwide, and do not copy without our written consent.</p></footer>
</body>
</html>`,
		want: []string{
			"headline: Quake shakes Port Halden, no deaths reported",
			"keywords: earthquake, Port Halden",
			"paragraph: PORT HALDEN (Northern Wire) — An earthquake of magnitude 5.2 shook the harbour town of Port Halden early on Wednesday, the seismic institute said.",
			"paragraph: No deaths were reported. Two people were treated for cuts, according to Dr. Ilse Brandt of St. Anna's Hospital.",
			"paragraph: “The lamps swung and the dog hid,” said a baker, Jon Marr.",
		},
		not: []string{"Copyright", "Sport"},
	},
	"a page of nested divisions": {
		page: `<html><head><title>Strike halts trams in Velmora | Velmora Today</title></head>
<body>
<div id="wrapper">
 <div id="top"><div class="logo">Velmora Today</div></div>
 <div id="content">
  <div class="story">
   <div class="title">Strike halts trams in Velmora</div>
   <div class="text">
    <div>Tram drivers in Velmora stopped work at dawn on Monday over a plan to cut night services, and commuters walked to work in the rain.</div>
    <div>The union said that 94 per cent of the drivers had joined the strike, which is to last for two days unless the city council makes a better offer.</div>
    <div>The mayor, Petra Voss, called the strike &quot;a blow to the whole of the town&quot; and asked both sides to talk again before Tuesday evening.</div>
   </div>
  </div>
 </div>
 <div id="bottom">Imprint | Privacy | Jobs</div>
</div>
</body></html>`,
		want: []string{
			"headline: Strike halts trams in Velmora",
			"paragraph: Tram drivers in Velmora stopped work at dawn on Monday over a plan to cut night services, and commuters walked to work in the rain.",
			"paragraph: The union said that 94 per cent of the drivers had joined the strike, which is to last for two days unless the city council makes a better offer.",
			"paragraph: The mayor, Petra Voss, called the strike \"a blow to the whole of the town\" and asked both sides to talk again before Tuesday evening.",
		},
		not: []string{"Imprint", "Velmora Today"},
	},
	"an old page of tables and line breaks": {
		page: `<HTML><HEAD><TITLE>Flood closes road</TITLE></HEAD><BODY BGCOLOR="#FFFFFF">
<TABLE WIDTH=600><TR><TD WIDTH=120><A HREF="a.html">Home</A><BR><A HREF="b.html">News</A></TD>
<TD><FONT SIZE=5><B>Flood closes road</B></FONT><BR><BR>
The coast road was closed on Sunday after the river Arl rose by two metres in a night, the road service said.<BR><BR>
Forty cars had to turn back at Mill Bridge, and a lorry with oranges was left standing in the water until noon, when it was towed away.<BR><BR>
The road is expected to open again on Tuesday, if there is no more rain in the hills above the town.
</TD></TR></TABLE></BODY></HTML>`,
		want: []string{
			"headline: Flood closes road",
			"paragraph: The coast road was closed on Sunday after the river Arl rose by two metres in a night, the road service said.",
			"paragraph: Forty cars had to turn back at Mill Bridge, and a lorry with oranges was left standing in the water until noon, when it was towed away.",
			"paragraph: The road is expected to open again on Tuesday, if there is no more rain in the hills above the town.",
		},
	},
	"figures, lists and a pull quote in the story": {
		page: `<html lang="en"><head><title>How the library was saved</title></head><body><article>
<h1>How the library was saved</h1>
<p>When the roof of the town library fell in, nobody thought that it would open again within the year, least of all its director.</p>
<figure class="image"><img src="roof.jpg" alt="roof"><figcaption>The roof in January. Photo: A. Lund</figcaption></figure>
<p>Readers gave money, carpenters gave time, and a circus lent its tent so that the children could go on reading through the winter.</p>
<blockquote><p>We had books, a stove and a tent. That is a library.</p></blockquote>
<h2>What it cost</h2>
<ol><li>The beams cost 40,000 crowns.</li><li>The slates cost 22,000 crowns.</li></ol>
<p>The library opens again on the first of May with a reading by the poet Noor Haddad, who wrote a poem about the tent for it.</p>
</article></body></html>`,
		want: []string{
			"headline: How the library was saved",
			"paragraph: When the roof",
			"caption: The roof in January. Photo: A. Lund",
			"paragraph: Readers gave money",
			"quote: We had books, a stove and a tent. That is a library.",
			"heading: What it cost",
			"listItem: The beams cost 40,000 crowns.",
			"listItem: The slates cost 22,000 crowns.",
			"paragraph: The library opens again",
		},
	},
	"a table of results": {
		page: `<html><head><title>Results of the regatta</title></head><body><article><h1>Results of the regatta</h1>
<p>The boat of the harbour school won the regatta on the lake for the third time in a row, in front of two thousand people on the pier.</p>
<table><thead><tr><th>Boat</th><th>Minutes</th><th>Remark</th></tr></thead>
<tbody><tr><td>Harbour School</td><td>12.4</td><td></td></tr>
<tr><td>Fire Brigade</td><td>12.9</td><td>one oar lost</td></tr></tbody></table>
<p>The fire brigade, which lost an oar near the second buoy, has asked for a second race, and the jury will decide about it on Friday.</p>
</article></body></html>`,
		want: []string{
			"headline: Results of the regatta",
			"paragraph: The boat of the harbour school",
			"tableRow: Boat | Minutes | Remark",
			"tableRow: Harbour School | 12.4 | —",
			"tableRow: Fire Brigade | 12.9 | one oar lost",
			"paragraph: The fire brigade",
		},
	},
	"comments and a newsletter form below": {
		page: `<html><head><title>Owl moves into town hall</title></head><body>
<article><h1>Owl moves into town hall</h1>
<p>An owl has moved into the tower of the town hall in Tessaly, and the clock has been stopped so that its striking does not wake her.</p>
<p>The clerk, Bo Hansen, feeds her every evening at six, and says that she is the only one in the building who works at night.</p>
</article>
<section class="newsletter"><form action="/s"><label>Get the owl by mail every morning, with all the other news of the town</label><input name="e"></form></section>
<section id="comments"><h2>Comments</h2><div class="comment"><p>What a lovely owl, I saw her on my way to work and she looked at me as if I was late again.</p></div></section>
</body></html>`,
		want: []string{"headline: Owl moves into town hall", "paragraph: An owl has moved", "paragraph: The clerk, Bo Hansen"},
		not:  []string{"Get the owl by mail", "lovely owl"},
	},
	"a story in paragraphs of few words": {
		page: `<html><head><title>Brief</title></head><body><main><h1>Mayor of Velmora quits</h1><p>She is 61.</p><p>She gave no reason.</p><p>Her deputy takes over.</p></main></body></html>`,
		want: []string{"headline: Mayor of Velmora quits", "paragraph: She is 61.", "paragraph: She gave no reason.", "paragraph: Her deputy takes over."},
	},
}

func TestHTMLLayouts(t *testing.T) {
	for name, c := range layouts {
		t.Run(name, func(t *testing.T) {
			a := read(t, reader.HTML, c.page, "page.html")
			got := strings.Split(show(a), "\n")
			at := 0
			for _, want := range c.want {
				found := false
				for ; at < len(got) && !found; at++ {
					found = strings.HasPrefix(got[at], want)
				}
				if !found {
					t.Fatalf("%q is not there, or not in its place, in\n%s", want, show(a))
				}
			}
			for _, not := range c.not {
				if strings.Contains(show(a), not) {
					t.Errorf("%q is in\n%s", not, show(a))
				}
			}
		})
	}
}

// No block of a page is read twice.
func TestHTMLReadsNothingTwice(t *testing.T) {
	for name, c := range layouts {
		t.Run(name, func(t *testing.T) {
			seen := map[string]bool{}
			for _, b := range read(t, reader.HTML, c.page, "page.html").Body {
				if b.Kind != pipeline.TableRow && len(b.Text()) > 30 && seen[b.Text()] {
					t.Errorf("twice: %s", b.Text())
				}
				seen[b.Text()] = true
			}
		})
	}
}

func TestHTMLNamesTheFramesItLeavesOut(t *testing.T) {
	a := read(t, reader.HTML, layouts["comments and a newsletter form below"].page, "page.html")
	if len(a.Noticed) != 1 || a.Noticed[0].Severity != pipeline.Neutral || !strings.Contains(a.Noticed[0].Message, "2 parts that the page calls comments, newsletter") {
		t.Errorf("noticed %+v", a.Noticed)
	}
}

// A wrapper with an unlucky name is no frame.
func TestHTMLWrapperCalledSidebar(t *testing.T) {
	c := layouts["comments and a newsletter form below"]
	wrapped := strings.Replace(strings.Replace(c.page, "<article>", `<div class="layout has-sidebar"><div class="col"><article>`, 1), "</article>", "</article></div></div>", 1)
	if got := show(read(t, reader.HTML, wrapped, "page.html")); !strings.Contains(got, "An owl has moved") {
		t.Errorf("the story is lost:\n%s", got)
	}
}
