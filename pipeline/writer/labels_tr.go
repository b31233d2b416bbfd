package writer

import "dragoman/pipeline"

func turkish() labels {
	return labels{
		Unmarked:   "[kaynaktaki gibi bırakıldı: %s]",
		SourceOf:   "Kaynak metin (%s):",
		Untold:     "Çevrilmedi:",
		Marked:     "⚠ ile işaretlendi, denetimden geçmedi:",
		Keywords:   "Anahtar kelimeler:",
		Summary:    "Özet",
		Headline:   "Başlık",
		Lead:       "Spot",
		KeyPoints:  "Öne çıkanlar",
		Short:      "Kısa özet",
		Long:       "Ayrıntılı özet",
		Evidence:   "dayanak:",
		Findings:   "Bulgular",
		NoFindings: "Bulgu yok.",
		Suggest:    "Öneri:",
		Waived:     "Editör tarafından geçerli sayılmadı:",
		Severity: map[pipeline.Severity]string{
			pipeline.Critical: "kritik", pipeline.Major: "ciddi", pipeline.Minor: "küçük", pipeline.Neutral: "bilgi",
		},
		Updated:    "Güncellendi. Cümleler: %s. Önceki sürüm: %s.",
		Changed:    "değişen",
		Added:      "yeni",
		Moved:      "yeri değişen",
		Removed:    "çıkarılan",
		Disclosure: "Metnin kaynağı hakkında",
		Autonomous: "Düzeltme, özet ve İngilizceden çeviri yapay zekâ tarafından yapılmıştır (model: %s; %s). Bu metni hiç kimse gözden geçirmemiştir. Durum: ai-autonomous.",
		Assisted:   "Düzeltme, özet ve İngilizceden çeviri yapay zekâ tarafından yapılmış (model: %s), metin bir insan tarafından gözden geçirilip onaylanmıştır (görevi: %s; %s). Durum: ai-assisted.",
		PseudoText: "SAHTE ÇEVİRİ. Bu metin, sistemi denemek için sahte bir model tarafından üretilmiştir. Gerçek bir çeviri değildir; yayımlanamaz.",
		PseudoMade: "Bu metin, sistemi denemek için sahte bir model tarafından üretilmiştir (model: %s; %s). Yayımlanamaz. Durum: pseudo.",
		HandText:   "ÖRNEK. Bu belgenin dayandığı yanıtlar, tanıtım ve denemeler için elle yazılmıştır. Hiçbir model kullanılmamıştır.",
		HandMade:   "Örnek: Yanıtlar elle yazılmıştır, hiçbir model kullanılmamıştır (%s). Durum: authored.",
		NoModel:    "Bu metin üzerinde yapay zekâ çalışmamıştır.",
		NoName:     "belirtilmemiş",
		NoDate:     "tarih belirtilmemiş",
		Prompts:    "İstemler:",
	}
}
