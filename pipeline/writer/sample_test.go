package writer_test

import (
	"strings"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline"
)

// block makes a block with its sentence ids.
func block(id string, kind pipeline.Kind, texts ...string) pipeline.Block {
	b := pipeline.Block{ID: id, Kind: kind}
	for i, t := range texts {
		b.Sentences = append(b.Sentences, pipeline.Sentence{ID: id + "s" + string(rune('1'+i)), Text: t})
	}
	return b
}

// normalized is an article with every kind of block.
func normalized() *pipeline.Article {
	return &pipeline.Article{
		ID: "ankara-sample", URL: "https://news.example/ankara", InLanguage: language.English,
		DatePublished: time.Date(2016, 12, 19, 18, 43, 0, 0, time.UTC),
		Body: []pipeline.Block{
			block("d1", pipeline.Dateline, "Monday, December 19 2016 20:43 EET"),
			block("h1", pipeline.Headline, "'Don't forget Aleppo': Russian ambassador to Turkey Andrey Karlov killed in Ankara and was hit by 11 bullets in a back"),
			block("k1", pipeline.Keywords, "Aleppo, Russia, ambassador, Turkey, Andrey Karlov"),
			block("p1", pipeline.Lead, "Attacker reportedly talked about the situation in Aleppo after he shot the ambassador."),
			block("p2", pipeline.Paragraph,
				"Russia's ambassador to Ankara has been shot today's evening, on December 19.",
				"Andrey Karlov was speaking at an exhibition in the Turkey's capital when he was hit by multiple shots in a back from a close distance, Turkish media say, according to Uatoday."),
			block("p3", pipeline.Paragraph,
				"Russia's FM spokeswoman Maria Zakharova hastily assured media, that ambassador was shot accidentally.",
				"\"An unknown attacker started firing chaotically,\" she told."),
			block("p4", pipeline.Heading, "What witnesses saw"),
			block("p5", pipeline.Quote, "He said that he will not leave this place alive."),
			block("p6", pipeline.ListItem, "Fired: at least eight shots."),
			block("p7", pipeline.ListItem, "Smashed: several photos."),
			block("p8", pipeline.TableRow, "Agency", "Shots"),
			block("p9", pipeline.TableRow, "AP", "8"),
			block("p10", pipeline.Caption, "The gallery in Ankara."),
			block("p11", pipeline.Paragraph, "He became ambassador in July 2013."),
			block("b1", pipeline.Boilerplate, "latest news"),
		},
	}
}

// edit makes an edit of a sentence of the normalized article.
func edit(art *pipeline.Article, id, before, after, category, reason string, state pipeline.EditState, held string) pipeline.Edit {
	s, _ := art.Sentence(id)
	start := strings.Index(s.Text, before)
	return pipeline.Edit{
		ID:   pipeline.EditID(s.Text, start, before, after),
		Span: pipeline.Span{Sentence: id, Start: start, End: start + len(before)}, Before: before, After: after,
		Category: category, Reason: reason, State: state, Held: held,
	}
}

func sampleEdits(art *pipeline.Article) []pipeline.Edit {
	return []pipeline.Edit{
		edit(art, "p2s1", "has been shot today's evening, on", "was shot on the evening of", "grammar", "The simple past goes with a stated time.", pipeline.Applied, ""),
		edit(art, "p2s2", "the Turkey's capital", "Turkey's capital", "grammar", "No article before a possessive name.", pipeline.Applied, ""),
		edit(art, "p2s2", "in a back from a close distance", "in the back at close range", "wordChoice", "The idiom is “at close range”.", pipeline.Accepted, "C02: touches the count of shots"),
		edit(art, "p2s2", "Turkish media say, according to Uatoday", "Turkish media said, Uatoday reported", "style", "Two attributions in one sentence.", pipeline.Proposed, "C11: touches an attribution"),
		edit(art, "p3s1", "media, that ambassador", "the media that the ambassador", "grammar", "Articles; no comma before “that”.", pipeline.Applied, ""),
		edit(art, "p3s1", "hastily ", "", "style", "Loaded adverb.", pipeline.Rejected, "C11: touches an attribution"),
		edit(art, "h1s1", "in a back", "in the back", "grammar", "Body parts take “the”.", pipeline.Applied, ""),
		edit(art, "h1s1", "11 bullets", "11 bullets", "query", "The body says at least eight shots.", pipeline.Proposed, ""),
	}
}

// corrected applies the sample's applied and accepted edits.
func corrected(art *pipeline.Article, edits []pipeline.Edit) *pipeline.Article {
	return art.Map(func(_ pipeline.Block, s pipeline.Sentence) string {
		text := s.Text
		for _, e := range edits {
			if e.InText() && e.Span.Sentence == s.ID {
				text = strings.Replace(text, e.Before, e.After, 1)
			}
		}
		return text
	})
}

// units makes one unit a sentence; what is not in targets failed without an
// answer, but for boilerplate, which is kept.
func units(art *pipeline.Article, targets map[string]string) []pipeline.Unit {
	var out []pipeline.Unit
	for b, s := range art.Sentences() {
		u := pipeline.Unit{ID: s.ID, Source: s.Text, Target: targets[s.ID], State: pipeline.Translated}
		switch {
		case b.Kind == pipeline.Boilerplate:
			u.State, u.Note, u.Target = pipeline.Kept, "boilerplate", ""
		case u.Target == "":
			u.State, u.Note = pipeline.Failed, "no answer after two re-asks"
		}
		out = append(out, u)
	}
	return out
}

func corrections(norm, corr *pipeline.Article) []pipeline.Unit {
	targets := map[string]string{}
	for _, s := range corr.Sentences() {
		targets[s.ID] = s.Text
	}
	return units(norm, targets)
}

func russianTexts() map[string]string {
	return map[string]string{
		"d1s1":  "Понедельник, 19 декабря 2016 года, 20:43 EET",
		"h1s1":  "«Не забывайте Алеппо»: посол России в Турции Андрей Карлов убит в Анкаре, в спину ему попали 11 пуль",
		"k1s1":  "Алеппо, Россия, посол, Турция, Андрей Карлов",
		"p1s1":  "Как сообщается, застрелив посла, нападавший говорил о положении в Алеппо.",
		"p2s1":  "Вечером 19 декабря в Анкаре стреляли в посла России.",
		"p2s2":  "Андрей Карлов выступал на выставке в столице Турции, когда в него с близкого расстояния несколько раз выстрелили в спину, сообщают турецкие СМИ со ссылкой на Uatoday.",
		"p3s1":  "Представитель МИД России Мария Захарова поспешила заверить СМИ, что посол был ранен случайно.",
		"p4s1":  "Что видели свидетели",
		"p5s1":  "«Он сказал, что живым отсюда не уйдёт».",
		"p6s1":  "Прозвучало не менее восемнадцати выстрелов.",
		"p7s1":  "Разбил несколько фотографий.",
		"p8s1":  "Агентство",
		"p8s2":  "Выстрелы",
		"p9s1":  "AP",
		"p9s2":  "8",
		"p10s1": "Галерея в Анкаре.",
		"p11s1": "Послом он стал в июле 2013 года.",
	}
}

func turkishTexts() map[string]string {
	return map[string]string{
		"d1s1":  "19 Aralık 2016 Pazartesi, 20:43 EET",
		"h1s1":  "“Halep'i unutmayın”: Rusya'nın Ankara Büyükelçisi Andrey Karlov öldürüldü, sırtına 11 kurşun isabet etti",
		"k1s1":  "Halep, Rusya, büyükelçi, Türkiye, Andrey Karlov",
		"p1s1":  "Saldırganın büyükelçiyi vurduktan sonra Halep'teki durumdan söz ettiği bildirildi.",
		"p2s1":  "Rusya'nın Ankara büyükelçisi 19 Aralık akşamı vuruldu.",
		"p2s2":  "Uatoday'in aktardığına göre Türk medyası, Andrey Karlov'un Türkiye'nin başkentindeki bir sergide konuşurken yakın mesafeden sırtından defalarca vurulduğunu bildirdi.",
		"p3s1":  "Rusya Dışişleri Bakanlığı Sözcüsü Mariya Zaharova, büyükelçinin kazara vurulduğu konusunda medyaya alelacele güvence verdi.",
		"p3s2":  "Zaharova, “Kimliği bilinmeyen bir saldırgan gelişigüzel ateş etmeye başladı” dedi.",
		"p4s1":  "Tanıklar ne gördü",
		"p5s1":  "“Buradan sağ çıkmayacağını söyledi.”",
		"p6s1":  "En az sekiz el ateş etti.",
		"p7s1":  "Birkaç fotoğrafı parçaladı.",
		"p8s1":  "Ajans",
		"p8s2":  "Atış",
		"p9s1":  "AP",
		"p9s2":  "8",
		"p10s1": "Ankara'daki galeri.",
		"p11s1": "Temmuz 2013'te büyükelçi oldu.",
	}
}

func summary() *pipeline.Summary {
	return &pipeline.Summary{Sentences: []pipeline.SummarySentence{
		{ID: "sum.h", Product: pipeline.SummaryHeadline, Text: "Russian ambassador Andrey Karlov shot dead in Ankara", Evidence: []string{"h1s1", "p2s1"}},
		{ID: "sum.l", Product: pipeline.SummaryLead, Text: "Russia's ambassador to Turkey, Andrey Karlov, was shot on the evening of December 19 while speaking at an exhibition.", Evidence: []string{"p2s1", "p2s2"}},
		{ID: "sum.k1", Product: pipeline.KeyPoint, Text: "He was hit by multiple shots in the back.", Evidence: []string{"p2s2"}},
		{ID: "sum.k2", Product: pipeline.KeyPoint, Text: "The attacker reportedly talked about Aleppo.", Evidence: []string{"p1s1"}},
		{ID: "sum.k3", Product: pipeline.KeyPoint, Text: "Moscow at first called the shooting accidental.", Evidence: []string{"p3s1"}},
		{ID: "sum.s1", Product: pipeline.Short, Text: "Andrey Karlov was shot at close range in Turkey's capital, Turkish media say.", Evidence: []string{"p2s2"}},
		{ID: "sum.s2", Product: pipeline.Short, Text: "A witness said at least nine shots were fired.", Evidence: []string{"p6s1"}},
	}}
}

func summaryUnits(sum *pipeline.Summary, targets ...string) []pipeline.Unit {
	out := make([]pipeline.Unit, len(sum.Sentences))
	for i, s := range sum.Sentences {
		out[i] = pipeline.Unit{ID: s.ID, Source: s.Text, Target: targets[i], State: pipeline.Translated}
		if targets[i] == "" {
			out[i].State, out[i].Note = pipeline.Failed, "the model refused"
		}
	}
	return out
}

func finding(check, category, stage, lang, id string, severity pipeline.Severity, message string) pipeline.Finding {
	f := pipeline.Finding{
		Check: check, Category: category, Severity: severity, Stage: stage, Lang: lang,
		Side: pipeline.TargetSide, Span: pipeline.Span{Sentence: id}, Message: message,
	}
	f.ID = pipeline.FindingID(f, id, lang)
	return f
}

func sampleFindings() []pipeline.Finding {
	eight := finding("T04", "accuracy/mistranslation", "translate", "ru", "p6s1", pipeline.Major, "The source says eight; the translation says eighteen.")
	eighteen := strings.Index(russianTexts()["p6s1"], "восемнадцати")
	eight.Span.Start, eight.Span.End = eighteen, eighteen+len("восемнадцати")
	eight.Suggest = "не менее восьми"
	waived := finding("T07", "accuracy/omission", "translate", "tr", "p5s1", pipeline.Major, "Much shorter than its source.")
	waived.Waived = "Turkish says it in four words."
	source := finding("S01", "accuracy", "normalize", "", "h1s1", pipeline.Minor, "The headline says 11 bullets; the body says at least eight shots.")
	source.Side = pipeline.SourceSide
	query := finding("query", "accuracy", "correct", "", "p5s1", pipeline.Neutral, "Who is speaking here, the witness or the attacker?")
	query.Side = pipeline.SourceSide
	return []pipeline.Finding{
		source,
		eight,
		finding("T15", "terminology/inconsistent", "translate", "tr", "", pipeline.Minor, "“Zaharova” is written in two ways."),
		waived,
		query,
		finding("M02", "accuracy/mistranslation", "summarize", "", "sum.s2", pipeline.Critical, "The number nine is not in the evidence."),
		finding("T12", "fluency/character-encoding", "translate", "ru", "p10s1", pipeline.Minor, "A Latin letter inside a Cyrillic word."),
		finding("T01", "accuracy/omission", "translate", "ru", "p3s2", pipeline.Critical, "No translation came back."),
	}
}

func sampleTrace() []pipeline.Step {
	usd := func(micros int64) *pipeline.Money { return &pipeline.Money{Micros: micros, Currency: "USD"} }
	step := func(stage, lang, prompt string, in, out int, cost *pipeline.Money) pipeline.Step {
		return pipeline.Step{
			Stage: stage, Lang: lang, Prompt: prompt, Digest: "sha256:" + strings.Repeat("0a1b2c3d", 8), Key: strings.Repeat("ab", 16),
			Model: "gpt-sample-2026", Usage: pipeline.Usage{InputTokens: in, OutputTokens: out, Known: true}, Cost: cost, DurationMS: 1840, Sent: 1,
		}
	}
	again := step("translate", "ru", "translate/article@1", 310, 0, nil)
	again.Attempt, again.Temperature, again.Error, again.Units = 1, 0.4, "an empty answer", []string{"p3s2"}
	stored := step("summarize", "", "summarize/brief@1", 1200, 210, usd(900))
	stored.Stored, stored.Sent = true, 0
	return []pipeline.Step{
		step("correct", "", "correct/edits@1", 1480, 420, usd(1210)),
		step("names", "ru", "names/sheet@1", 300, 60, usd(180)),
		stored,
		step("translate", "ru", "translate/article@1", 1620, 980, usd(2410)),
		again,
		step("translate", "tr", "translate/article@1", 1610, 830, usd(2100)),
	}
}

// rich is a document in which everything that can happen has happened.
func rich() *pipeline.Document {
	norm := normalized()
	edits := sampleEdits(norm)
	corr := corrected(norm, edits)
	sum := summary()
	ru := units(corr, russianTexts())
	for i := range ru {
		if ru[i].ID == "p6s1" {
			ru[i].State, ru[i].Note = pipeline.Failed, "T04"
		}
	}
	src := norm.Map(func(_ pipeline.Block, s pipeline.Sentence) string { return s.Text })
	return &pipeline.Document{
		Source: src, Normalized: norm, Corrected: corr,
		Repairs:     []pipeline.Repair{{Rule: "space/double", Start: 212, End: 214, Before: "  ", After: " "}},
		Corrections: corrections(norm, corr),
		Edits:       edits,
		Summary:     sum,
		Names: []pipeline.Name{
			{Source: "Andrey Karlov", Forms: map[string]string{"ru": "Андрей Карлов", "tr": "Andrey Karlov"}, Origin: "glossary"},
			{Source: "Maria Zakharova", Forms: map[string]string{"ru": "Мария Захарова"}, Origin: "model"},
		},
		Translations: []pipeline.Translation{
			{Lang: language.Russian, Article: ru, Summary: summaryUnits(sum,
				"В Анкаре застрелен посол России Андрей Карлов",
				"Посол России в Турции Андрей Карлов был застрелен вечером 19 декабря во время выступления на выставке.",
				"Ему несколько раз выстрелили в спину.", "Нападавший, как сообщается, говорил об Алеппо.", "",
				"По сообщениям турецких СМИ, в Андрея Карлова стреляли с близкого расстояния в столице Турции.",
				"Свидетель сообщил не менее чем о девяти выстрелах.")},
			{Lang: language.Turkish, Article: units(corr, turkishTexts()), Summary: summaryUnits(sum,
				"Rusya'nın Ankara Büyükelçisi Andrey Karlov silahlı saldırıda öldürüldü",
				"Rusya'nın Ankara Büyükelçisi Andrey Karlov, 19 Aralık akşamı bir sergide konuşurken vuruldu.",
				"Sırtından defalarca vuruldu.", "Saldırganın Halep'ten söz ettiği bildirildi.", "Moskova ilk başta saldırıyı kaza olarak niteledi.",
				"Türk medyasına göre Andrey Karlov, Türkiye'nin başkentinde yakın mesafeden vuruldu.",
				"Bir tanık en az dokuz el ateş edildiğini söyledi.")},
		},
		Origin:   pipeline.Origin{Author: pipeline.AIAutonomous, Model: "gpt-sample-2026", Date: time.Date(2026, 11, 22, 17, 5, 0, 0, time.UTC)},
		Findings: sampleFindings(),
		Trace:    sampleTrace(),
	}
}

// clean is a document in which all went well, signed off by a person.
func cleanDoc() *pipeline.Document {
	d := rich()
	d.Findings, d.Edits = nil, d.Edits[:2]
	d.Corrected = corrected(d.Normalized, d.Edits)
	d.Corrections = corrections(d.Normalized, d.Corrected)
	d.Summary.Sentences = d.Summary.Sentences[:6]
	for i := range d.Translations {
		t := &d.Translations[i]
		t.Summary = t.Summary[:6]
		for _, us := range [][]pipeline.Unit{t.Article, t.Summary} {
			for j := range us {
				if us[j].State == pipeline.Failed {
					us[j].State, us[j].Note = pipeline.Final, ""
					if us[j].Target == "" {
						us[j].Target = "Готово."
					}
				}
			}
		}
	}
	d.Trace = d.Trace[:4]
	d.Origin.Author, d.Origin.Reviewer = pipeline.AIAssisted, "night editor"
	return d
}

// pseudo is a document of the pseudo model.
func pseudo() *pipeline.Document {
	d := cleanDoc()
	d.Origin = pipeline.Origin{Author: pipeline.Pseudo, Model: "pseudo", Date: d.Origin.Date}
	return d
}

// authored is a document whose replies were written by hand.
func authored() *pipeline.Document {
	d := cleanDoc()
	d.Origin = pipeline.Origin{Author: pipeline.Authored, Model: "authored"}
	return d
}

// normalizedOnly is a document that no model has seen.
func normalizedOnly() *pipeline.Document {
	d := rich()
	return &pipeline.Document{Source: d.Source, Normalized: d.Normalized, Repairs: d.Repairs}
}

// samples are all documents by name.
func samples() map[string]*pipeline.Document {
	return map[string]*pipeline.Document{"rich": rich(), "clean": cleanDoc(), "pseudo": pseudo(), "authored": authored(), "normalized": normalizedOnly(), "revised": revisedDoc()}
}
