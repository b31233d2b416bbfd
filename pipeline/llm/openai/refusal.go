package openai

import (
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// refusals are how models begin a refusal, in English, Russian and Turkish;
// matched against the beginning of an answer in lower case with straight
// apostrophes. Compiling them takes 2 ms, which a start of the program need
// not pay.
var refusals = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + strings.Join(refusalWords, "|") + `)`)
})

var refusalWords = []string{
	// English
	`(?:i'm|i am) (?:really |very |so )?sorry,? (?:but )?(?:i|as an ai|this|that|the)\b`,
	`(?:sorry|apologies|unfortunately|my apologies),? (?:but )?(?:i (?:can't|cannot|can not|won't|am unable|am not able|'m unable|'m not able)|i'm (?:unable|not able)|this (?:request|content)|as an ai)`,
	`i(?:'m| am) (?:unable|not able) to (?:help|assist|comply|fulfill|provide|translate|process|continue|complete|answer|do)`,
	`i (?:can't|cannot|can not|won't|will not|must decline|have to decline|can not) (?:to )?(?:help|assist|comply|fulfill|provide|translate|process|continue|complete|answer|do|engage|discuss|create|generate|summarize|this)`,
	`i (?:must|have to) (?:decline|refuse)`,
	`as an ai(?: language model| assistant)?,? i (?:can't|cannot|am unable|am not able|'m unable|'m not able|do not|don't|must)`,
	// Russian
	`(?:к сожалению|извините|простите|прошу прощения|мне жаль|мне очень жаль|приношу извинения),? (?:но )?(?:как (?:ии|искусственный интеллект|языковая модель),? )?я (?:не могу|не смогу|не в состоянии|не имею возможности|вынужден)`,
	`я (?:не могу|не смогу|не в состоянии|не имею возможности) (?:помочь|выполнить|перевести|ответить|обработать|предоставить|продолжить|обсуждать|создать|помогать|с этим)`,
	`(?:к сожалению|извините),? (?:этот запрос|данный запрос|эта тема|невозможно|я отказываюсь)`,
	`я (?:вынужден|вынуждена|должен|должна) отказать`,
	`как (?:ии|искусственный интеллект|языковая модель|ии-модель|большая языковая модель)[^.]{0,40},? я (?:не могу|не имею)`,
	// Turkish
	`(?:üzgünüm|özür dilerim|maalesef|ne yazık ki|kusura bakmayın)(?:,| ki|\.)? ?(?:ama |ancak |fakat )?(?:bu|size|ben|yardımcı|bir yapay|yapay|talebinizi|isteğinizi|böyle)[^.]{0,80}(?:amam|emem|amıyorum|emiyorum|amayacağım|emeyeceğim|mümkün değil|amayız|emeyiz)`,
	`bu (?:isteği|talebi|konuda|içeriği|metni|isteğinizi|talebinizi)[^.]{0,60}(?:amam|emem|amıyorum|emiyorum|amayacağım|emeyeceğim)`,
	`(?:bir )?yapay zeka[^.]{0,60}(?:amam|emem|amıyorum|emiyorum)`,
}

// maxRefusal is the longest text taken for a refusal: an article may well
// begin with "I cannot", a whole one is longer.
const maxRefusal = 600

// Refusal reports whether a text that stands in place of an answer is a
// refusal in English, Russian or Turkish. It judges prose, not JSON: what a
// property of an answer says is for the checks.
func Refusal(text string) bool {
	if utf8.RuneCountInString(text) > maxRefusal {
		return false
	}
	t := strings.NewReplacer("’", "'", "‘", "'", "İ", "i").Replace(text)
	t = strings.ToLower(strings.Join(strings.Fields(t), " "))
	t = strings.TrimLeft(t, "\"'«“*_ ")
	return refusals().MatchString(t)
}
