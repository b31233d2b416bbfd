package openai

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"dragoman/pipeline"
	"dragoman/pipeline/llm"
	"dragoman/pipeline/llm/strict"
)

const answer = `{"s1":"Привет"}`

// What stands around an answer is taken off when it is clear, and recorded;
// when it is not clear, nothing is touched.
func TestUnwrap(t *testing.T) {
	tests := []struct{ name, in, want, repairs string }{
		{"bare", answer, answer, ""},
		{"white space", " \n" + answer + "\n", answer, ""},
		{"byte order mark", "\ufeff" + answer, answer, ""},
		{"think", "<think>Let me see: {\"s1\":\"x\"}</think>\n" + answer, answer, "reasoning"},
		{"think in Russian", "<think>\nПодумаем.\n</think>\n\n" + answer, answer, "reasoning"},
		{"two blocks", "<think>a</think><reasoning>b</reasoning>" + answer, answer, "reasoning reasoning"},
		{"nested", "<think>a<think>b</think>c</think>" + answer, answer, "reasoning"},
		{"unclosed", "<think>Let me see: " + answer, "", "reasoning"},
		{"opened in the prompt", "Let me see.\n</think>\n" + answer, answer, "reasoning"},
		{"fence", "```json\n" + answer + "\n```", answer, "fence"},
		{"fence without a language", "```\n" + answer + "\n```", answer, "fence"},
		{"think, then fence", "<think>a</think>\n```json\n" + answer + "\n```", answer, "reasoning fence"},
		{"preamble", "Sure! Here is the translation:\n" + answer, answer, "preamble"},
		{"preamble in Turkish", "İşte çeviri:\n\n" + answer, answer, "preamble"},
		{"preamble and fence", "Here you go:\n```json\n" + answer + "\n```\nHope this helps!", answer, "fence preamble"},
		{"trailing note", answer + "\n\nNote: I kept the names.", answer, "preamble"},
		{"tags inside the answer stay", `{"s1":"<think>a</think>"}`, `{"s1":"<think>a</think>"}`, ""},
		{"closing tag inside the answer stays", `{"s1":"a</think>b"}`, `{"s1":"a</think>b"}`, ""},

		{"two objects", answer + "\n" + answer, answer + "\n" + answer, ""},
		{"two fences", "```json\n" + answer + "\n```\nor\n```json\n" + answer + "\n```", "```json\n" + answer + "\n```\nor\n```json\n" + answer + "\n```", ""},
		{"a brace in the words", "Use {this}:\n" + answer, "Use {this}:\n" + answer, ""},
		{"object in mid-line", "The answer is " + answer, "The answer is " + answer, ""},
		{"cut", "Here:\n{\"s1\":\"При", "Here:\n{\"s1\":\"При", ""},
		{"long words", strings.Repeat("An essay. ", 80) + "\n" + answer, strings.Repeat("An essay. ", 80) + "\n" + answer, ""},
		{"prose", "Привет", "Привет", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, repairs := unwrap(tt.in, true)
			if got != tt.want || strings.Join(repairs, " ") != tt.repairs {
				t.Errorf("got %q, %v; want %q, %s", got, repairs, tt.want, tt.repairs)
			}
		})
	}
	if got, repairs := unwrap("Here:\n"+answer, false); got != "Here:\n"+answer || repairs != nil {
		t.Errorf("where no JSON is wanted: %q, %v", got, repairs)
	}
}

// Whatever comes, what is left is a part of it, and is left as it is when
// unwrapped again.
func FuzzUnwrap(f *testing.F) {
	f.Add("<think>a</think>```json\n{}\n```")
	f.Add("Sure:\n{\"a\":{}}\nbye")
	f.Fuzz(func(t *testing.T, in string) {
		got, repairs := unwrap(in, true)
		if !strings.Contains(in, got) {
			t.Errorf("%q is no part of %q", got, in)
		}
		if len(repairs) == 0 && got != strings.TrimSpace(strings.TrimPrefix(in, "\ufeff")) {
			t.Errorf("%q became %q without a repair", in, got)
		}
		if json.Valid([]byte(in)) && strings.HasPrefix(strings.TrimSpace(in), "{") && len(repairs) > 0 {
			t.Errorf("a good answer was repaired: %q", in)
		}
	})
}

func TestRefusal(t *testing.T) {
	refusing := []string{
		"I'm sorry, but I can't help with that.",
		"I’m sorry, but I cannot assist with this request.",
		"I am unable to translate this content.",
		"Sorry, I can't assist with that request.",
		"I cannot provide a translation of this text as it describes violence.",
		"I can't help with that.",
		"I must decline to translate this article.",
		"As an AI language model, I cannot process this text.",
		"Unfortunately, I am not able to help.",
		"Я не могу помочь с этим запросом.",
		"К сожалению, я не могу перевести этот текст.",
		"Извините, но я не могу выполнить эту просьбу.",
		"Извините, я не могу с этим помочь.",
		"Как ИИ, я не могу переводить такие материалы.",
		"Я вынужден отказаться от выполнения этого запроса.",
		"К сожалению, этот запрос нарушает правила.",
		"Üzgünüm, bu konuda yardımcı olamam.",
		"Üzgünüm, ancak bu isteği yerine getiremiyorum.",
		"Maalesef bu metni çeviremem.",
		"Bu isteği yerine getiremem.",
		"Özür dilerim, size bu konuda yardımcı olamıyorum.",
		"Bir yapay zeka modeli olarak bu içeriği çeviremem.",
		"\"I can't help with that.\"",
	}
	for _, s := range refusing {
		if !Refusal(s) {
			t.Errorf("not recognised: %s", s)
		}
	}
	answering := []string{
		"I cannot believe that he is gone, the widow said.",
		"I'm sorry for your loss, the president told the family.",
		"Sorry seems to be the hardest word.",
		"I can help with that: the ambassador was shot.",
		"Я не могу забыть этот день, сказала вдова.",
		"К сожалению, посол скончался от полученных ранений.",
		"Извините за ожидание, сказал представитель посольства.",
		"Üzgünüm, dedi bakan, ama soruşturma sürüyor.",
		"Maalesef büyükelçi hayatını kaybetti.",
		"Bu konuda açıklama yapıldı.",
		"Посол был убит в Анкаре.",
		"",
		"I can't help but admire them, he said." + strings.Repeat(" The article goes on.", 40),
	}
	for _, s := range answering {
		if Refusal(s) {
			t.Errorf("taken for a refusal: %s", s)
		}
	}
}

func TestJudge(t *testing.T) {
	schema, err := strict.Compile(json.RawMessage(`{"type":"object","properties":{"s1":{"type":"string"}},"required":["s1"],"additionalProperties":false}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, text, refusal string
		finish              llm.Finish
		schema              *strict.Schema
		code                pipeline.Code
		says                string
	}{
		{"good", answer, "", llm.Stop, schema, "", ""},
		{"good without a schema", "Привет", "", llm.Stop, nil, "", ""},
		{"limit", `{"s1":"При`, "", llm.Length, schema, pipeline.Truncated, "token limit"},
		{"whole text, but at the limit", answer, "", llm.Length, schema, pipeline.Truncated, "token limit"},
		{"loop", `{"s1":"ве ве ве`, "", llm.Loop, schema, pipeline.Truncated, "repeated"},
		{"filter", "", "", llm.ContentFilter, schema, pipeline.Refused, "filter"},
		{"refusal field", "", "I can't.", llm.Stop, schema, pipeline.Refused, "I can't."},
		{"refusal in words", "Я не могу помочь с этим.", "", llm.Stop, schema, pipeline.Refused, "не могу"},
		{"only reasoning", "", "", llm.Stop, schema, pipeline.BadOutput, "reasoning"},
		{"breaks the schema", `{"s2":"x"}`, "", llm.Stop, schema, pipeline.BadOutput, "/s1 is missing; /s2 is not in the schema"},
		{"cut JSON with finish stop", `{"s1":"При`, "", llm.Stop, schema, pipeline.BadOutput, "no JSON"},
		{"key twice", `{"s1":"a","s1":"b"}`, "", llm.Stop, schema, pipeline.BadOutput, "stands twice"},
		{"words that say no inside JSON", `{"s1":"I can't help with that."}`, "", llm.Stop, schema, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := judge(&llm.Response{Text: tt.text, Finish: tt.finish}, tt.refusal, tt.schema)
			if pipeline.CodeOf(err) != tt.code || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q saying %q", err, tt.code, tt.says)
			}
		})
	}
}

// Replies as small models really gave them, and what is left of them.
func TestUnwrapInTheWild(t *testing.T) {
	tests := []struct{ name, in, want, repairs string }{
		{"fence with a title", "Here is the JSON:\n\n```json\n{\n  \"s1\": \"Привет\"\n}\n```", "{\n  \"s1\": \"Привет\"\n}", "fence preamble"},
		{"fence, then an offer", "```json\n" + answer + "\n```\n\nLet me know if you need anything else!", answer, "fence preamble"},
		{"polite in Russian", "Конечно! Вот перевод:\n" + answer + "\nНадеюсь, это поможет.", answer, "preamble"},
		{"polite in Turkish, with fence", "Tabii ki! İşte çeviri:\n```\n" + answer + "\n```", answer, "fence preamble"},
		{"think with a fence inside", "<think>```json {} ```</think>" + answer, answer, "reasoning"},
		{"empty think", "<think>\n\n</think>\n\n" + answer, answer, "reasoning"},
		{"think in capitals is no tag of ours", "<THINK>a</THINK>\n" + answer, answer, "preamble"},
		{"only think", "<think>a</think>", "", "reasoning"},
		{"fence cut", "```json\n{\"s1\":\"При", "```json\n{\"s1\":\"При", ""},
		{"answer, then the prompt again", answer + "\n{\"task\":\"translate\"}", answer + "\n{\"task\":\"translate\"}", ""},
		{"tool call", "<tool_call>\n" + answer + "\n</tool_call>", answer, "preamble"},
		{"quoted as a string", `"{\"s1\":\"a\"}"`, `"{\"s1\":\"a\"}"`, ""},
		{"Python's quotes", "{'s1': 'a'}", "{'s1': 'a'}", ""},
		{"a list", `["a"]`, `["a"]`, ""},
		{"trailing comma", `{"s1":"a",}`, `{"s1":"a",}`, ""},
		{"nothing", "", "", ""},
		{"white space", " \n\t", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, repairs := unwrap(tt.in, true)
			if got != tt.want || strings.Join(repairs, " ") != tt.repairs {
				t.Errorf("got %q, %v; want %q, %s", got, repairs, tt.want, tt.repairs)
			}
		})
	}
}

func FuzzRefusal(f *testing.F) {
	f.Add("I'm sorry, but I can't help with that.")
	f.Add("Üzgünüm, bu konuda yardımcı olamam.")
	f.Fuzz(func(t *testing.T, s string) {
		if Refusal(s) && !Refusal("  "+s+"\n") {
			t.Errorf("white space around %q changes the judgement", s)
		}
		if Refusal(s + strings.Repeat(" x", maxRefusal)) {
			t.Errorf("a long text is a refusal: %q", s)
		}
	})
}

func ExampleRefusal() {
	for _, s := range []string{"Я не могу помочь с этим запросом.", "К сожалению, посол скончался."} {
		fmt.Println(Refusal(s))
	}
	// Output:
	// true
	// false
}
