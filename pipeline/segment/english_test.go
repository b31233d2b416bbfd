package segment_test

import (
	"strings"
	"testing"

	"dragoman/pipeline/locale"
	"dragoman/pipeline/segment"
)

// hold checks texts written with "¦" where a sentence ends.
func hold(t *testing.T, loc *locale.Locale, texts ...string) {
	t.Helper()
	for _, want := range texts {
		text := strings.ReplaceAll(want, " ¦", "")
		if got := strings.Join(segment.Texts(text, loc), " ¦ "); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func TestEnglishTitles(t *testing.T) {
	hold(t, locale.English,
		"Sen. Warren and Rep. Ocasio met Gov. Newsom. ¦ They talked.",
		"Lt. Col. Vindman testified. ¦ Capt. Harris did not.",
		"The Rev. Al Sharpton spoke at St. Mary's Church. ¦ Hundreds came.",
		"Prof. Lee, Ph.D., taught there. ¦ She retired in May.",
		"Mrs. Thatcher and Ms. Reed sat beside Messrs. Smith and Jones.",
		"Supt. Ray called Insp. Morse. ¦ Det. Lewis waited.",
		"Amb. Karlov died. ¦ The Hon. Judge Oz presided.",
		"Martin Luther King Jr. Boulevard is long. ¦ It ends at the river.",
		"Sammy Davis Jr. sang. ¦ He danced too.",
	)
}

func TestEnglishInitials(t *testing.T) {
	hold(t, locale.English,
		"George W. Bush met Vladimir V. Putin. ¦ They talked.",
		"The book by J.K. Rowling sold well. ¦ E. L. James sold more.",
		"K.C. Maurer answered. ¦ A. A. Milne did not.",
		"It was plan B. ¦ The first had failed.",
		"They took vitamin C. ¦ It did not help.",
		"John F. Kennedy Airport was shut.",
	)
}

func TestEnglishPlacesAndBodies(t *testing.T) {
	hold(t, locale.English,
		"He flew from Washington, D.C. to New York. ¦ The U.N. Security Council met.",
		"The U.S. Embassy was shut. ¦ So was that of the U.A.E. ¦ Nobody was hurt.",
		"He lives in the U.S. ¦ His wife does not.",
		"The E.U. Commission and the U.K. Treasury agreed.",
		"Born in Springfield, Ill. ¦ He moved to Boston, Mass. ¦ Later he came back.",
		"They drove down Sunset Blvd. ¦ Then they stopped.",
		"Mt. Everest and Ft. Worth are far from St. Louis.",
	)
}

func TestEnglishTimesAndDates(t *testing.T) {
	hold(t, locale.English,
		"It began at 5 a.m. ¦ It ended at 6 p.m. ¦ Nobody slept.",
		"It began at 5 a.m. EST and ended at 6 p.m. Tuesday.",
		"On Jan. 20 and Feb. 3, 2017, they met. ¦ In Mar. 2018 they did not.",
		"In 586 B.C. Jerusalem fell. ¦ In A.D. 70 it fell again.",
		"The meeting on Sept. 11 was long. ¦ The one on Tues. Karlov missed.",
		"It lasted till 2016. ¦ Then it was over.",
		"The price was 3.50. ¦ It is 4.20 now.",
		"It scored 8.5. ¦ Not bad.",
	)
}

func TestEnglishFirms(t *testing.T) {
	hold(t, locale.English,
		"Apple Inc. and Microsoft Corp. rose. ¦ Smith Bros. Ltd. fell.",
		"They sued Acme Co. ¦ The court will decide.",
		"Pitt, Briggs & Co. ¦ It closed yesterday.",
		"Barclays Plc. Chairman Agius resigned.",
	)
}

func TestEnglishNumbersAndSigns(t *testing.T) {
	hold(t, locale.English,
		"She has $100.00 in her bag. ¦ £5 is his.",
		"See Fig. 3 and No. 7, pp. 12-14 and vol. 2.",
		"Version 1.2.3 is out. ¦ 5,000 people use it.",
		"The site is https://www.example.50.com/new-site/a.html. ¦ Please check it.",
		"Write to jane.doe@example.com. ¦ She answers.",
		"Node.js and ASP.NET are old. ¦ Go is not.",
		"It is 5 km. ¦ Karlov ran it.",
	)
}

func TestEnglishQuotations(t *testing.T) {
	hold(t, locale.English,
		"\"We go on,\" she said. ¦ \"We must.\" ¦ He nodded.",
		"\"Who is there?\" he asked. ¦ Nobody answered.",
		"\"Who is there?\" Karlov asked. ¦ Nobody answered.",
		"“Stop!” shouted the guard. ¦ “Go back!” ¦ They went.",
		"\"Stop!\" ¦ The guard had seen them.",
		"He called it \"a disgrace.\" ¦ Others agreed.",
		"'It is over,' he said. ¦ 'All of it.'",
		"She asked, \"Why me?\" ¦ Then she left.",
		"The sign said \"No entry.\" ¦ (It was old.) ¦ They went in.",
		"He said: \"One. ¦ Two. ¦ Three.\"",
	)
}

func TestEnglishMarks(t *testing.T) {
	hold(t, locale.English,
		"What?! ¦ No!! ¦ Really???",
		"He waited... and waited. ¦ She came… at last.",
		"He waited… ¦ She came.",
		"First – the cost. ¦ Second – the time.",
		"Yes! — he said so – no?",
		"It was over.[2] ¦ Everybody left.[3][4]",
		"A sentence in brackets. ¦ [Another one.] ¦ (A third one.)",
		"He teaches (he was an engineer.) at the school.",
		"It ended. ¦ “And then?”",
	)
}

func TestLooseMarksStayWithTheirSentence(t *testing.T) {
	hold(t, locale.English,
		"It is over. !",
		"Done. ***",
		"! ! !",
		"...",
	)
}

func TestOneLineIsOneParagraph(t *testing.T) {
	hold(t, locale.English,
		"A headline without a stop",
		"Karlov, Putin, Erdogan",
		"Monday, December 19 2016 20:43 EET",
	)
}
