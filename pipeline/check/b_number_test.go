package check

import (
	"testing"

	"golang.org/x/text/language"

	"dragoman/pipeline"
	"dragoman/pipeline/facts"
	"dragoman/pipeline/locale"
)

// T04 in the forms that numbers have in English and Russian: what is the same
// value is the same number, however it is written.
func TestSameNumbersInRussian(t *testing.T) {
	for _, tc := range []struct{ name, src, hyp string }{
		{"groups by spaces", "Some 48,500 seats were sold.", "Продано около 48 500 мест."},
		{"groups by no-break spaces", "Some 48,500 seats were sold.", "Продано около 48\u00a0500 мест."},
		{"groups by narrow spaces", "Some 48,500 seats were sold.", "Продано около 48\u202f500 мест."},
		{"groups by thin spaces", "Some 48,500 seats were sold.", "Продано около 48\u2009500 мест."},
		{"no groups", "Some 4,850 seats were sold.", "Продано около 4850 мест."},
		{"a decimal comma", "The rate rose to 6.75 percent.", "Ставка выросла до 6,75 процента."},
		{"a scale word written out", "The mill cost $2.4 million.", "Мельница обошлась в 2 400 000 долларов."},
		{"a scale word for figures", "The mill cost 2,400,000 dollars.", "Мельница обошлась в 2,4 млн долларов."},
		{"billion", "The debt is 7.1 billion.", "Долг составляет 7,1 млрд."},
		{"trillion", "The debt is 3 trillion.", "Долг составляет 3 трлн."},
		{"thousand", "It drew 90 thousand people.", "Пришли 90 тыс. человек."},
		{"thousand for figures", "It drew 90,000 people.", "Пришли 90 тысяч человек."},
		{"a letter for the scale", "The debt is $7bn.", "Долг составляет 7 млрд долларов."},
		{"a shared scale", "It took £4,000 to £6,000.", "На это ушло от 4 до 6 тысяч фунтов."},
		{"a word for a figure", "A crew of 9 was found.", "Нашли экипаж из девяти человек."},
		{"a figure for a word", "A crew of twelve was found.", "Нашли экипаж из 12 человек."},
		{"a compound word", "A crew of 34 was found.", "Нашли экипаж из тридцати четырёх человек."},
		{"a word glued to a year", "A 6-year-old boat sank.", "Затонула шестилетняя лодка."},
		{"a half", "It lasted 1.5 hours.", "Это длилось полтора часа."},
		{"an ordinal", "It was her 5th win.", "Это была её пятая победа."},
		{"an ordinal with an ending", "It was her 21st win.", "Это была её 21-я победа."},
		{"a century in Roman figures", "The mill is from the 18th century.", "Мельница построена в XVIII веке."},
		{"a century in Cyrillic letters", "The mill is from the 20th century.", "Мельница построена в ХХ веке."},
		{"a decade", "It was built in the 1960s.", "Её построили в 1960-х годах."},
		{"a short decade", "It was built in the 1960s.", "Её построили в 60-х годах."},
		{"a time in the evening", "It opens at 7:45 p.m.", "Открытие в 19:45."},
		{"a time with a full stop", "It opens at 7:45 p.m.", "Открытие в 19.45."},
		{"a whole hour", "It opens at 1am.", "Открытие в 01:00."},
		{"a numeric date", "It opened on 14 March 2011.", "Открытие состоялось 14.03.2011."},
		{"a date in words", "It opened on March 14, 2011.", "Открытие состоялось 14 марта 2011 года."},
		{"percent as a sign", "Turnout was 61 percent.", "Явка составила 61%."},
		{"a designation", "The B-52 landed at gate 4.", "B-52 сел у выхода 4."},
		{"a measure given twice", "The lake is 30 miles (48 km) long.", "Длина озера 48 км."},
		{"a vulgar fraction", "It weighs 2½ tonnes.", "Он весит 2,5 тонны."},
		{"one as an article", "One man was hurt.", "Пострадал мужчина."},
		{"two in words may be said otherwise", "The two men fled.", "Мужчины скрылись."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judgePair(t, "T04", pipeline.Pair{ID: "p1s1", Source: tc.src, Target: tc.hyp, Lang: language.Russian}, "")
		})
	}
}

// T04, the same for Turkish.
func TestSameNumbersInTurkish(t *testing.T) {
	for _, tc := range []struct{ name, src, hyp string }{
		{"groups by points", "Some 48,500 seats were sold.", "Yaklaşık 48.500 koltuk satıldı."},
		{"no groups", "Some 4,850 seats were sold.", "Yaklaşık 4850 koltuk satıldı."},
		{"a decimal comma", "The rate rose to 6.75 percent.", "Oran yüzde 6,75'e yükseldi."},
		{"groups and a decimal comma", "It cost 1,250.5 liras.", "Maliyeti 1.250,5 lira oldu."},
		{"percent before the figure", "Turnout was 61 percent.", "Katılım %61 oldu."},
		{"percent as a word", "Turnout was 61%.", "Katılım yüzde 61 oldu."},
		{"a scale word", "The mill cost $2.4 million.", "Değirmen 2,4 milyon dolara mal oldu."},
		{"a scale word written out", "The mill cost $2.4 million.", "Değirmen 2.400.000 dolara mal oldu."},
		{"billion", "The debt is 7.1 billion.", "Borç 7,1 milyar."},
		{"trillion", "The debt is 3 trillion.", "Borç 3 trilyon."},
		{"thousand", "It drew 90,000 people.", "90 bin kişi geldi."},
		{"a letter for the scale", "The debt is $7bn.", "Borç 7 milyar dolar."},
		{"a word for a figure", "A crew of 9 was found.", "Dokuz kişilik bir mürettebat bulundu."},
		{"two words for a figure", "A crew of 34 was found.", "Otuz dört kişilik bir mürettebat bulundu."},
		{"one compound word", "A crew of 11 was found.", "On bir kişilik bir mürettebat bulundu."},
		{"a figure for a word", "A crew of twelve was found.", "12 kişilik bir mürettebat bulundu."},
		{"a half", "It lasted 3.5 hours.", "Üç buçuk saat sürdü."},
		{"an ordinal with a point", "It was her 5th win.", "Bu onun 5. galibiyetiydi."},
		{"an ordinal in words", "It was her 5th win.", "Bu onun beşinci galibiyetiydi."},
		{"a century", "The mill is from the 18th century.", "Değirmen 18. yüzyıldan kalma."},
		{"a decade", "It was built in the 1960s.", "1960'larda yapıldı."},
		{"a short decade", "It was built in the 1960s.", "60'lı yıllarda yapıldı."},
		{"a time in the evening", "It opens at 7:45 p.m.", "19.45'te açılıyor."},
		{"a whole hour", "It opens at 1am.", "01:00'de açılıyor."},
		{"a date", "It opened on March 14, 2011.", "14 Mart 2011'de açıldı."},
		{"a numeric date", "It opened on March 14, 2011.", "14.03.2011 tarihinde açıldı."},
		{"an ending behind an apostrophe", "It opened in 2011.", "2011'de açıldı."},
		{"a designation", "The G20 met on 4 May.", "G20 4 Mayıs'ta toplandı."},
		{"a measure given twice", "The lake is 30 miles (48 km) long.", "Gölün uzunluğu 48 km."},
		{"one as an article", "One man was hurt.", "Bir adam yaralandı."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judgePair(t, "T04", pipeline.Pair{ID: "p1s1", Source: tc.src, Target: tc.hyp, Lang: language.Turkish}, "")
		})
	}
}

// T04: another value, none, or one too many.
func TestOtherNumbersInRussian(t *testing.T) {
	judgePairs(t, "T04", "ru", []pairCase{
		{
			"two digits change places",
			"Some 48,500 seats were sold.",
			"Продано около 45 800 мест.",
			"major 45 800",
		},
		{
			"a digit too few",
			"Some 48,500 seats were sold.",
			"Продано около 4850 мест.",
			"major 4850",
		},
		{
			"the decimal sign read as one between thousands",
			"The rate rose to 6.75 percent.",
			"Ставка выросла до 675 процентов.",
			"major 675",
		},
		{
			"the scale is lost",
			"The mill cost $2.4 million.",
			"Мельница обошлась в 2,4 доллара.",
			"major 2,4",
		},
		{
			"the scale is another",
			"The debt is 7.1 billion.",
			"Долг составляет 7,1 млн.",
			"major 7,1 млн",
		},
		{
			"a number is lost",
			"In 2011 the mill made 340 tonnes of flour.",
			"В 2011 году мельница производила муку тоннами.",
			"major source:340",
		},
		{
			"both are lost",
			"In 2011 the mill made 340 tonnes of flour.",
			"Тогда мельница производила муку тоннами.",
			"major source:2011 | major source:340",
		},
		{
			"another word for a figure",
			"A crew of 9 was found.",
			"Нашли экипаж из семи человек.",
			"major source:9",
		},
		{
			"another year",
			"The mill closed in 1987.",
			"Мельница закрылась в 1978 году.",
			"major 1978",
		},
		{
			"another hour",
			"It opens at 7:45 p.m.",
			"Открытие в 17:45.",
			"major 17:45",
		},
		{
			"another day",
			"It opened on March 14, 2011.",
			"Открытие состоялось 24 марта 2011 года.",
			"major 24",
		},
	})
}

// What is added, and what is converted.
func TestAddedAndConvertedNumbersInRussian(t *testing.T) {
	judgePairs(t, "T04", "ru", []pairCase{
		{
			"an added figure",
			"Many people came to the fair.",
			"На ярмарку пришло 700 человек.",
			"major 700",
		},
		{
			"two added figures",
			"Many people came to the fair.",
			"На ярмарку за 3 дня пришло 700 человек.",
			"minor 3 | major 700",
		},
		{
			"a conversion that is right is a remark",
			"The road is 100 miles long.",
			"Длина дороги 161 км.",
			"neutral 161",
		},
		{
			"a conversion that is wrong",
			"The road is 100 miles long.",
			"Длина дороги 250 км.",
			"major 250",
		},
		{
			"degrees converted",
			"It was 95 degrees Fahrenheit.",
			"Было 35 градусов Цельсия.",
			"neutral 35",
		},
		{
			"the unit that lost its figure",
			"The lake is 30 miles (48 km) long.",
			"Длина озера 30 миль, а в км больше.",
			"major source:48",
		},
	})
}

func TestOtherNumbersInTurkish(t *testing.T) {
	judgePairs(t, "T04", "tr", []pairCase{
		{
			"two digits change places",
			"Some 48,500 seats were sold.",
			"Yaklaşık 45.800 koltuk satıldı.",
			"major 45.800",
		},
		{
			"a digit too many",
			"Some 4,850 seats were sold.",
			"Yaklaşık 48.500 koltuk satıldı.",
			"major 48.500",
		},
		{
			"the scale is lost",
			"The mill cost $2.4 million.",
			"Değirmen 2,4 dolara mal oldu.",
			"major 2,4",
		},
		{
			"the scale is another",
			"The debt is 7.1 billion.",
			"Borç 7,1 milyon.",
			"major 7,1 milyon",
		},
		{
			"a number is lost",
			"In 2011 the mill made 340 tonnes of flour.",
			"Değirmen 2011'de tonlarca un üretti.",
			"major source:340",
		},
		{
			"another percentage",
			"Turnout was 61 percent.",
			"Katılım %16 oldu.",
			"major 16",
		},
		{
			"another word for a figure",
			"A crew of 9 was found.",
			"Yedi kişilik bir mürettebat bulundu.",
			"major source:9",
		},
		{
			"another year",
			"The mill closed in 1987.",
			"Değirmen 1978'de kapandı.",
			"major 1978'de",
		},
		{
			"another hour",
			"It opens at 7:45 p.m.",
			"17.45'te açılıyor.",
			"major 17.45'te",
		},
		{
			"an added figure",
			"Many people came to the fair.",
			"Panayıra 700 kişi geldi.",
			"major 700",
		},
		{
			"a conversion that is right is a remark",
			"The road is 100 miles long.",
			"Yolun uzunluğu 161 km.",
			"neutral 161",
		},
		{
			"a conversion that is wrong",
			"The road is 100 miles long.",
			"Yolun uzunluğu 250 km.",
			"major 250",
		},
	})
}

// The factors of the conversions, each way, and what is near one and is none.
func TestConversions(t *testing.T) {
	for _, tc := range []struct {
		name, src, hyp, want string
	}{
		{"feet to metres", "The wall is 30 feet high.", "Высота стены 9 метров.", "neutral 9"},
		{"pounds to kilograms", "It weighs 220 pounds.", "Он весит 100 кг.", "neutral 100"},
		{"inches to centimetres", "It is 20 inches long.", "Его длина 51 см.", "neutral 51"},
		{"inches to millimetres", "It is 2 inches long.", "Его длина 51 мм.", "neutral 51"},
		{"acres to hectares", "It has 250 acres.", "Там 101 гектар.", "neutral 101"},
		{"gallons to litres", "It holds 50 gallons.", "Вмещает 189 литров.", "neutral 189"},
		{"a rough conversion", "The wall is 30 feet high.", "Высота стены 10 метров.", "neutral 10"},
		{"too rough", "The wall is 30 feet high.", "Высота стены 19 метров.", "major 19"},
		{"the factor of other units", "The wall is 30 feet high.", "Высота стены 76 метров.", "major 76"},
		{"another quantity", "It weighs 220 pounds.", "Его длина 100 м.", "major 100"},
		{"a unit joined by a hyphen", "It was a 30-mile road.", "Дорога была длиной 48 км.", "neutral 48"},
		{"yards to metres", "It is 200 yards off.", "До него 183 метра.", "neutral 183"},
		{"ounces to grams", "It weighs 10 ounces.", "Он весит 283 грамма.", "neutral 283"},
		{"the same unit is no conversion", "The wall is 30 metres high.", "Высота стены 9 метров.", "major 9"},
		{"without a unit there is none", "There were 30 men.", "Их было 9.", "major 9"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			judgePair(t, "T04", pipeline.Pair{ID: "p1s1", Source: tc.src, Target: tc.hyp, Lang: language.Russian}, tc.want)
		})
	}
}

// T05: figures by English rules, told from the source's own figure.
func TestNumberFormat(t *testing.T) {
	judgePairs(t, "T05", "ru", []pairCase{
		{
			"decimal point",
			"The rate rose to 6.5 percent.",
			"Ставка выросла до 6.5 процента.",
			"minor 6.5",
		},
		{
			"thousands comma",
			"Some 48,500 seats were sold.",
			"Продано около 48,500 мест.",
			"minor 48,500",
		},
		{
			"both",
			"It cost 1,250.5 roubles.",
			"Это стоило 1,250.5 рубля.",
			"minor 1,250.5",
		},
		{
			"millions by commas",
			"It cost 1,250,000 roubles.",
			"Это стоило 1,250,000 рублей.",
			"minor 1,250,000",
		},
		{
			"right",
			"The rate rose to 6.5 percent.",
			"Ставка выросла до 6,5 процента.",
			"",
		},
		{
			"a comma that is right in Russian",
			"The growth was 1.165 percent.",
			"Рост составил 1,165 процента.",
			"",
		},
		{
			"a time of day",
			"The train leaves at 6.45 today.",
			"Поезд отправляется сегодня в 6.45.",
			"",
		},
		{
			"no time of day",
			"The rate rose to 6.75 percent.",
			"Ставка выросла до 6.75 процента.",
			"minor 6.75",
		},
		{
			"a version",
			"Version 2.4.1 is out.",
			"Вышла версия 2.4.1.",
			"",
		},
		{
			"no separators at all",
			"There were 240 of them.",
			"Их было 240.",
			"",
		},
	})
	judgePairs(t, "T05", "tr", []pairCase{
		{
			"decimal point",
			"The rate rose to 6.5 percent.",
			"Oran yüzde 6.5'e yükseldi.",
			"minor 6.5",
		},
		{
			"thousands comma",
			"Some 48,500 seats were sold.",
			"Yaklaşık 48,500 koltuk satıldı.",
			"minor 48,500",
		},
		{
			"right",
			"Some 48,500 seats cost 6.5 liras.",
			"Yaklaşık 48.500 koltuk 6,5 liraya satıldı.",
			"",
		},
		{
			"a time of day",
			"The train leaves at 6.45 today.",
			"Tren bugün 6.45'te kalkıyor.",
			"",
		},
	})
}

// What is suggested for a figure by English rules; "" leaves it alone.
func TestLocalNumber(t *testing.T) {
	for _, tc := range []struct{ in, ru, tr string }{
		{"6.5", "6,5", "6,5"},
		{"6.75", "6,75", "6,75"},
		{"6.45", "", ""},
		{"48,500", "48\u00a0500", "48.500"},
		{"1,250,000", "1\u00a0250\u00a0000", "1.250.000"},
		{"1,250.5", "1\u00a0250,5", "1.250,5"},
		{"48,50", "", ""},
		{"1.234", "", ""},
		{"7:30", "", ""},
		{"2.4.1", "", ""},
		{"12", "", ""},
	} {
		if got := localNumber(tc.in, "\u0020\u00a0\u202f\u2009"); got != tc.ru {
			t.Errorf("%s in Russian: %q, want %q", tc.in, got, tc.ru)
		}
		if got := localNumber(tc.in, "."); got != tc.tr {
			t.Errorf("%s in Turkish: %q, want %q", tc.in, got, tc.tr)
		}
	}
}

// T06: a month, a weekday or a currency became another.
func TestDatesAndCurrencies(t *testing.T) {
	judgePairs(t, "T06", "ru", []pairCase{
		{"month kept", "It opened on 14 March 2011.", "Открытие состоялось 14 марта 2011 года.", ""},
		{"month in figures", "It opened on 14 March 2011.", "Открытие состоялось 14.03.2011.", ""},
		{"other month", "It opened on 14 March 2011.", "Открытие состоялось 14 мая 2011 года.", "major мая"},
		{"other month in figures", "It opened on 14 March 2011.", "Открытие состоялось 14.05.2011.", "major 05"},
		{"month told without a name", "It opened on 14 March.", "Открытие состоялось 14 числа.", ""},
		{"May that is no month", "She may come in 14 days.", "Она может приехать через 14 дней.", ""},
		{"weekday kept", "They met on Thursday.", "Они встретились в четверг.", ""},
		{"other weekday", "They met on Thursday.", "Они встретились во вторник.", "major вторник"},
		{"weekday gone", "They met on Thursday.", "Они встретились накануне.", ""},
		{"currency kept", "He paid $500.", "Он заплатил 500 долларов.", ""},
		{"sign for a sign", "He paid €500.", "Он заплатил 500 €.", ""},
		{"other currency", "He paid $500.", "Он заплатил 500 евро.", "major евро"},
		{"other sign", "He paid £500.", "Он заплатил 500 $.", "major $"},
		{"a weight is no currency", "It weighs 500 pounds.", "Он весит 500 фунтов.", ""},
	})
	judgePairs(t, "T06", "tr", []pairCase{
		{"month kept", "It opened on 14 March 2011.", "14 Mart 2011'de açıldı.", ""},
		{"other month", "It opened on 14 March 2011.", "14 Mayıs 2011'de açıldı.", "major Mayıs"},
		{"other month in figures", "It opened on 14 March 2011.", "14.05.2011'de açıldı.", "major 05"},
		{"weekday kept", "They met on Thursday.", "Perşembe günü bir araya geldiler.", ""},
		{"other weekday", "They met on Thursday.", "Cuma günü bir araya geldiler.", "major Cuma"},
		{"currency kept", "He paid $500.", "500 dolar ödedi.", ""},
		{"other currency", "He paid £500.", "500 lira ödedi.", "major lira"},
		{"other sign", "He paid €500.", "500 ₺ ödedi.", "major ₺"},
	})
}

// Every unit of the list has a quantity, a size, and is read with its endings.
func TestUnitSizes(t *testing.T) {
	for w, u := range unitSizes() {
		if u.size <= 0 || u.what == "" || w == "" {
			t.Errorf("%q is %+v", w, u)
		}
	}
	for _, tc := range []struct {
		text string
		loc  *locale.Locale
		want unitSize
	}{
		{"30 miles away", locale.English, unitSize{"length", 1609}},
		{"a 30-foot wall", locale.English, unitSize{"length", 0.3048}},
		{"30 boats", locale.English, unitSize{}},
		{"just 30", locale.English, unitSize{}},
		{"30 (miles)", locale.English, unitSize{}},
		{"30 километров", locale.Russian, unitSize{"length", 1000}},
		{"30 метрами", locale.Russian, unitSize{"length", 1}},
		{"30 см", locale.Russian, unitSize{"length", 0.01}},
		{"30 °C", locale.Russian, unitSize{"temperature", 1}},
		{"30 kilometreye", locale.Turkish, unitSize{"length", 1000}},
		{"30 km'den", locale.Turkish, unitSize{"length", 1000}},
		{"30 dönüm", locale.Turkish, unitSize{}},
	} {
		text := facts.Of(tc.text, tc.loc)
		if got := unitAfter(text, text.Numbers()[0]); got != tc.want {
			t.Errorf("%q: %+v, want %+v", tc.text, got, tc.want)
		}
	}
}
