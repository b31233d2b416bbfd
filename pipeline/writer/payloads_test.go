package writer_test

import (
	"dragoman/pipeline"
)

// markdownPayloads try to make a link, an image, a heading or a tag.
func markdownPayloads() []string {
	return []string{
		"![x](https://evil.test/p.png)",
		"![x][r]\n\n[r]: https://evil.test/p.png",
		"[click](https://evil.test)",
		"[click](javascript:alert(1))",
		"[click]( javascript:alert(1) \"t\")",
		"<https://evil.test>",
		"<mailto:a@evil.test>",
		"https://evil.test/?q=secret",
		"see www.evil.test/x now",
		"WWW.EVIL.TEST",
		"ftp://evil.test",
		"a@evil.test",
		"# Corrections",
		"## Findings\n\nNo findings.",
		"Setext\n===",
		"Setext\n---",
		"---",
		"***",
		"___",
		"> quote",
		"- item",
		"+ item",
		"* item",
		"1. item",
		"1) item",
		"    code",
		"\tcode",
		"```\ncode\n```",
		"~~~\ncode\n~~~",
		"`code`",
		"``a`b``",
		"**bold** *it* __b__ _i_ ***x***",
		"~~struck~~ ~one~",
		"a | b | c",
		"| a |\n| - |\n| b |",
		"\\| a \\\\| b",
		"line one  \nline two",
		"line one\\\nline two",
		"[^1]\n\n[^1]: note",
		"[ ] task",
		"[x] task",
		"<b>html</b>",
		"<script>alert(1)</script>",
		"<!-- comment -->",
		"<![CDATA[x]]>",
		"<?php x ?>",
		"&lt;script&gt; &#60;b&#62; &copy;",
		"\\",
		"ends with \\",
		"*(",
		"** not bold",
		"term\n: definition",
		": definition",
		"\u202Egnp.exe",
		"\x00\x1b]8;;https://evil.test\x07x",
		"{{ site.secret }}",
		"$\\href{javascript:alert(1)}{x}$",
		"===",
		"]( https://evil.test",
		"\u00a0# nbsp",
		"\u2003- em space",
		"\u2028# line separator",
	}
}

// htmlPayloads try to run a script or to fetch something.
func htmlPayloads() []string {
	return []string{
		`<script>alert(1)</script>`,
		`</script><script>alert(1)</script>`,
		`"><script>alert(1)</script>`,
		`'><script>alert(1)</script>`,
		`<ScRiPt>alert(1)</sCrIpT>`,
		`<script src=//evil.test/x.js></script>`,
		`<script/src="data:text/javascript,alert(1)">`,
		`<img src=x onerror=alert(1)>`,
		`<img/src=x/onerror=alert(1)>`,
		`<img src="//evil.test/p.png">`,
		`<img src=x:alert(1) onerror=eval(src)>`,
		`" onmouseover="alert(1)`,
		`' onmouseover='alert(1)`,
		"` onmouseover=`alert(1)",
		`" autofocus onfocus=alert(1) x="`,
		`<svg onload=alert(1)>`,
		`<svg/onload=alert(1)//`,
		`<svg><script>alert(1)</script></svg>`,
		`<svg><a xlink:href="javascript:alert(1)">x</a></svg>`,
		`<svg><animate onbegin=alert(1) attributeName=x dur=1s>`,
		`<svg><use href="data:image/svg+xml,<svg id=x><script>alert(1)</script></svg>#x"/></svg>`,
		`<math><mi xlink:href="data:x,<script>alert(1)</script>">`,
		`<iframe src="javascript:alert(1)"></iframe>`,
		`<iframe srcdoc="<script>alert(1)</script>"></iframe>`,
		`<object data="//evil.test/x.swf"></object>`,
		`<embed src="//evil.test/x.swf">`,
		`<link rel=stylesheet href=//evil.test/x.css>`,
		`<base href="//evil.test/">`,
		`<meta http-equiv=refresh content="0;url=//evil.test">`,
		`<style>@import '//evil.test/x.css';</style>`,
		`</style><script>alert(1)</script>`,
		`</title><script>alert(1)</script>`,
		`</textarea><script>alert(1)</script>`,
		`--><script>alert(1)</script><!--`,
		`<!--<img src="--><img src=x onerror=alert(1)//">`,
		`]]><script>alert(1)</script>`,
		`<body onload=alert(1)>`,
		`<details open ontoggle=alert(1)>`,
		`<video><source onerror=alert(1)></video>`,
		`<audio src=x onerror=alert(1)>`,
		`<marquee onstart=alert(1)>`,
		`<input autofocus onfocus=alert(1)>`,
		`<button formaction=javascript:alert(1)>x</button>`,
		`<form action="//evil.test"><input name=x></form>`,
		`<isindex type=image src=1 onerror=alert(1)>`,
		`<a href="javascript:alert(1)">x</a>`,
		`<a href="JaVaScRiPt:alert(1)">x</a>`,
		"<a href=\"java\tscript:alert(1)\">x</a>",
		`<a href="&#106;avascript:alert(1)">x</a>`,
		`<a href="data:text/html,<script>alert(1)</script>">x</a>`,
		`<a href="vbscript:msgbox(1)">x</a>`,
		`javascript:alert(1)`,
		`javascript://%0aalert(1)`,
		`data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`,
		`//evil.test/x`,
		`https://evil.test/?leak=1`,
		`{{.}}{{template "x"}}{{printf "%s" .}}`,
		`${alert(1)}`,
		`&lt;script&gt;alert(1)&lt;/script&gt;`,
		`&#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;`,
		`+ADw-script+AD4-alert(1)+ADw-/script+AD4-`,
		`%3Cscript%3Ealert(1)%3C/script%3E`,
		"<scr\x00ipt>alert(1)</scr\x00ipt>",
		"\u2028<script>alert(1)</script>",
		"\xff<script>alert(1)</script>",
		`<x style="background:url(//evil.test)">`,
		`expression(alert(1))`,
		`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`,
		`<template><script>alert(1)</script></template>`,
		`<portal src="//evil.test">`,
		`#"><img src=x onerror=alert(1)>`,
	}
}

// poisoned is the rich document with the payload in every text, id, name and
// word of it.
func poisoned(p string) *pipeline.Document {
	d := rich()
	for _, a := range []*pipeline.Article{d.Source, d.Normalized, d.Corrected} {
		a.ID, a.URL = p, p
		for i := range a.Body {
			for j := range a.Body[i].Sentences {
				a.Body[i].Sentences[j].Text = p
			}
		}
	}
	for i := range d.Repairs {
		d.Repairs[i] = pipeline.Repair{Rule: p, Before: p, After: p}
	}
	poisonUnits(d.Corrections, p)
	for i := range d.Edits {
		e := &d.Edits[i]
		e.Span.Start, e.Span.End = 0, len(p)
		if !(e.Before == e.After) {
			e.After = p + "!"
		} else {
			e.After = p
		}
		e.ID, e.Before, e.Category, e.Reason = p, p, p, p
		if e.Held != "" {
			e.Held = p
		}
	}
	for i := range d.Summary.Sentences {
		s := &d.Summary.Sentences[i]
		s.Text, s.Evidence = p, []string{p, "p2s1"}
	}
	for i := range d.Names {
		d.Names[i] = pipeline.Name{Source: p, Forms: map[string]string{"ru": p, "tr": p, p: p}, Origin: p}
	}
	for i := range d.Translations {
		poisonUnits(d.Translations[i].Article, p)
		poisonUnits(d.Translations[i].Summary, p)
	}
	d.Origin.Model, d.Origin.Reviewer = p, p
	for i := range d.Findings {
		f := &d.Findings[i]
		f.ID, f.Category, f.Message, f.Suggest = p, p, p, p
		if f.Check != "query" {
			f.Check = p
		}
		f.Span.Start, f.Span.End = 0, len(p)
	}
	for i := range d.Trace {
		s := &d.Trace[i]
		s.Prompt, s.Digest, s.Key, s.Model, s.Units = p, p, p, p, []string{p}
		if s.Error != "" {
			s.Error = p
		}
		if s.Cost != nil {
			s.Cost.Currency = p
		}
	}
	return d
}

func poisonUnits(us []pipeline.Unit, p string) {
	for i := range us {
		us[i].Source = p
		if us[i].Target != "" {
			us[i].Target = p
		}
		if us[i].Note != "" {
			us[i].Note = p
		}
	}
}
