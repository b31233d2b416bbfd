package site

import (
	"fmt"
	"time"

	"golang.org/x/text/language"

	"dragoman/pipeline/locale"
)

// words are what the pages of a language say of themselves. A language without
// its own is written with the English ones.
type words struct {
	Own       string // the language's name in itself
	Latest    string // heading of the index page
	Archive   string // heading of the list of months
	Published string // before a date
	Updated   string // before a date: the text is a later version
	Original  string // before the link to where the article was published
	Home      string // link to the index page
	Feed      string // link to the feed
	Languages string // name of the list of languages, read out only
	Nothing   string // on an empty index page
	About     string // that a machine worked on what is listed
	months    [12]string
	standing  bool // the name of a month standing alone is not that in a date: Russian
}

func wordsFor(lang string) words {
	w := words{
		Own: lang, Latest: "Latest articles", Archive: "By month", Published: "Published:", Updated: "Updated:", Original: "Original:", Home: "All articles",
		Feed: "RSS feed", Languages: "Languages", Nothing: "There is no article yet.",
		About: "The texts listed here were corrected, summarized or translated by an AI model. Every page says by which one, and whether a person has reviewed it.",
	}
	tag, err := language.Parse(lang)
	known, ok := locale.For(tag)
	if err != nil || !ok {
		w.months = locale.English.Calendar.Months
		return w
	}
	switch base, _ := tag.Base(); base.String() {
	case home:
		w.Own = "English"
	case "ru":
		w = words{
			Own: "Русский", Latest: "Последние статьи", Archive: "По месяцам", Published: "Опубликовано:", Updated: "Обновлено:", Original: "Оригинал:", Home: "Все статьи",
			Feed: "Лента RSS", Languages: "Языки", Nothing: "Статей пока нет.", standing: true,
			About: "Правка, краткое содержание и перевод этих текстов выполнены искусственным интеллектом. На каждой странице указано, какой моделью и проверял ли текст человек.",
		}
	case "tr":
		w = words{
			Own: "Türkçe", Latest: "Son yazılar", Archive: "Aylara göre", Published: "Yayımlanma:", Updated: "Güncelleme:", Original: "Özgün metin:", Home: "Tüm yazılar",
			Feed: "RSS akışı", Languages: "Diller", Nothing: "Henüz yazı yok.",
			About: "Buradaki metinler bir yapay zekâ modeli tarafından düzeltildi, özetlendi veya çevrildi. Her sayfada hangi modelin kullanıldığı ve metni bir insanın inceleyip incelemediği belirtilir.",
		}
	}
	w.months = known.Calendar.Months
	return w
}

// date writes a moment in UTC, with the month in words.
func (w words) date(t time.Time) string {
	t = t.UTC()
	return fmt.Sprintf("%d %s %d, %02d:%02d UTC", t.Day(), w.months[t.Month()-1], t.Year(), t.Hour(), t.Minute())
}

// month names the month "2026-11": "November 2026"; where the word would want
// another case, "11.2026".
func (w words) month(m string) string {
	t, err := time.Parse("2006-01", m)
	if err != nil {
		return m
	}
	if w.standing {
		return t.Format("01.2006")
	}
	return fmt.Sprintf("%s %d", w.months[t.Month()-1], t.Year())
}
