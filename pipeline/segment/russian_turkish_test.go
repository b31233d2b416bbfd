package segment_test

import (
	"testing"

	"dragoman/pipeline/locale"
)

func TestRussianAbbreviations(t *testing.T) {
	hold(t, locale.Russian,
		"Г-н Карлов и г-жа Захарова приехали. ¦ Их встретили.",
		"Встреча прошла на ул. Пушкина, д. 5, кв. 12. ¦ Пришли все.",
		"Акад. Лихачёв и проф. Иванов спорили. ¦ Доц. Петров молчал.",
		"Это им. Ленина завод. ¦ Он закрыт.",
		"Он жил в г. Москве. ¦ Потом уехал.",
		"Ущерб составил 5 млн руб. ¦ Его возместят.",
		"Погибли 3 тыс. человек. ¦ Ранены 5 тыс. ¦ Их лечат.",
		"См. гл. 5 и табл. 3. ¦ Там всё сказано.",
		"Это т.н. реформа, т. е. перемены. ¦ Они нужны.",
		"Купили яблоки, груши и пр. ¦ Затем ушли.",
		"Бумаги, ручки и т. п. ¦ Всё это есть.",
	)
}

func TestRussianYears(t *testing.T) {
	hold(t, locale.Russian,
		"В 1998 г. Иванов уехал. ¦ Вернулся он в 2005 г. ¦ Его не узнали.",
		"Его избрали президентом страны в 1998 г. ¦ Петров стал премьером.",
		"Он записывал песни в Лондоне в 1970-х гг. ¦ Рафферти тогда пил.",
		"В XIX в. Россия росла.",
		"Город был разрушен персами в 586 г. до н. э. ¦ Ханаан пал.",
	)
}

func TestRussianQuotations(t *testing.T) {
	hold(t, locale.Russian,
		"Он сказал: «Я очень устал», и сразу же замолчал.",
		"Девочка кричала: «Не видали маму?» ¦ Никто не ответил.",
		"«Где он?» — спросил Карлов. ¦ Все молчали.",
		"«Мы готовы! — сказал он. — Идём».",
		"«Мы готовы. ¦ Мы идём», — сказал он.",
		"Он назвал это „позором“. ¦ Другие молчали.",
		"Газета «Коммерсантъ» и ТАСС об этом сообщили… ¦ Потом замолчали.",
	)
}

func TestRussianNumbers(t *testing.T) {
	hold(t, locale.Russian,
		"Температура до 40°C. ¦ Ветер 5,5 м/с.",
		"Сдать отчёт до 20.10 в 15.30. ¦ Не опаздывать.",
		"Рост составил 3,5%. ¦ Это много.",
		"Он набрал 5. ¦ Она набрала 6.",
	)
}

func TestTurkishOrdinals(t *testing.T) {
	hold(t, locale.Turkish,
		"Takım 2. Lig'e düştü. ¦ Taraftar üzgün.",
		"5. Kolordu ve 3. Ordu tatbikata katıldı. ¦ Tatbikat bitti.",
		"20. yüzyılın başında kuruldu. ¦ XX. Yüzyıl Fox da öyle.",
		"III. Selim ve II. Mahmut padişahtı. ¦ Onlar reform yaptı.",
		"4. ve 5. sınıflar tatil. ¦ Bu iyi haber.",
		"Karar 1998. ¦ Uygulama 1999.",
		"Skor 3. ¦ Ancak maç sürüyor.",
		"1., 2. ve 3. sıradakiler kazandı.",
	)
}

func TestTurkishAbbreviations(t *testing.T) {
	hold(t, locale.Turkish,
		"Org. Akar ve Gen. Tosun konuştu. ¦ Alb. Kaya dinledi.",
		"Dr. Ayşe Can, Av. Ali Kaya ve Prof. Dr. Oya Su geldi. ¦ Toplantı başladı.",
		"Atatürk Cad. No. 5, Çankaya Mah. Ankara. ¦ Orada oturuyor.",
		"Kalem, kâğıt vb. ¦ Bunlar gerekli.",
		"Koç Holding A.Ş. ve Sabancı Ltd. Şti. anlaştı. ¦ Fiyat açıklanmadı.",
		"Hz. Ömer ve Hz. Ali anıldı. ¦ Tören kısaydı.",
		"Bkz. sayfa 5 ve bk. s. 12. ¦ Orada ayrıntı var.",
		"M. Kemal Atatürk ve R. Tayyip Erdoğan. ¦ İki lider.",
		"Zanlı U.D. tutuklandı. ¦ Ahmet Y. ve Mazlum E. serbest kaldı.",
	)
}

func TestTurkishCase(t *testing.T) {
	hold(t, locale.Turkish,
		"Bitti. ¦ İstanbul sessizdi. ¦ Iğdır da öyle.",
		"Yeni bir ıspanak vb. ürünler geldi.",
		"Şimdi? ¦ Şimdi değil! ¦ Üç gün sonra.",
	)
}

func TestTurkishQuotations(t *testing.T) {
	hold(t, locale.Turkish,
		"\"Şaşırırım.\" dedi. ¦ Sonra gitti.",
		"\"Geliyor musun?\" diye sordu. ¦ Kimse yanıt vermedi.",
		"“Bitti.” ¦ “Biliyorum.”",
	)
}

// Only a finite verb ends a Turkish sentence before a small letter.
func TestTurkishSmallLetterAfterAStop(t *testing.T) {
	hold(t, locale.Turkish,
		"Herkes bunu biliyor. ¦ ama kimse söylemiyor.",
		"Dün gelmişler. ¦ bugün gittiler.",
		"Yarın gelecek. ¦ sonra gidecek.",
		"Bunu söyledim. ¦ sonra sustum.",
		"Ürünler yak. fiyata satıldı.",
		"Toplam 5. sırada.",
		"Değer tahm. yüksek.",
	)
}
