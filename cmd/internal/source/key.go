package source

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"dragoman/pipeline"
	"dragoman/pipeline/locale"
)

// tracking are the parameters that say where a reader comes from, and not what is
// read; a trailing * stands for any ending. The list is of the sites' analytics:
// Google, Matomo, Facebook, Yandex, Mailchimp, HubSpot, Microsoft, Instagram, AT
// Internet, and what news sites add to the links of their feeds. A name that some
// site might mean ("source", "id") is not in it: two articles under one key are
// worse than one under two, whose content is compared anyway.
var tracking = []string{
	"utm_*", "mtm_*", "pk_*", "piwik_*", "matomo_*", "ga_*", "_ga", "_gl", "gclid", "gclsrc", "dclid", "gbraid", "wbraid", "fbclid", "yclid", "ymclid", "_openstat",
	"mc_*", "hsa_*", "_hsenc", "_hsmi", "__hs*", "msclkid", "igshid", "igsh", "twclid", "ttclid", "li_fat_id", "mkt_tok", "vero_id", "oly_enc_id", "oly_anon_id",
	"at_medium", "at_campaign", "at_custom*", "at_link_*", "at_bbc_team", "at_format", "at_ptr_name", "xtor", "ns_campaign", "ns_mchannel", "ns_source", "ns_linkname", "cmpid", "ito", "smid",
	"ref", "ref_*", "referrer", "ocid", "s_cid", "ftag", "ncid", "__twitter_impression",
}

func isTracking(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(tracking, func(t string) bool {
		start, ok := strings.CutSuffix(t, "*")
		return ok && strings.HasPrefix(name, start) || name == t
	})
}

// Canonical is the key of a link: host in small letters, no default port, no
// fragment, no parameters that only track, the others in order, and https also
// where it says http, at the default ports. What is no address of the web is "".
func Canonical(link string) string {
	u, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return ""
	}
	u.Scheme = strings.ToLower(u.Scheme)
	host, port := strings.TrimRight(strings.ToLower(u.Hostname()), "."), u.Port()
	if u.Scheme != "http" && u.Scheme != "https" || host == "" {
		return ""
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		host += ":" + port
	} else {
		u.Scheme = "https"
	}
	out := u.Scheme + "://" + host
	if p := u.EscapedPath(); p != "" {
		out += p
	} else {
		out += "/"
	}
	if query := kept(u.RawQuery); query != "" {
		out += "?" + query
	}
	return out
}

// longestKey bounds a key, in bytes: what a database can index.
const longestKey = 512

// bounded is a key that a database can hold: one that is too long, or holds what
// is no text, ends in its digest.
func bounded(key string) string {
	if len(key) <= longestKey && utf8.ValidString(key) && !strings.ContainsRune(key, 0) {
		return key
	}
	start := strings.ReplaceAll(strings.ToValidUTF8(key[:min(len(key), longestKey-40)], ""), "\x00", "")
	return start + " " + digest(key)
}

// longestTitle bounds a title in lists, in bytes.
const longestTitle = 300

// title is an article's headline for lists.
func title(a *pipeline.Article) string {
	t := folded(a.First(pipeline.Headline))
	if len(t) > longestTitle {
		return strings.ToValidUTF8(t[:longestTitle], "") + "…"
	}
	return t
}

// kept is a query without what tracks, in order.
func kept(query string) string {
	var out []string
	for _, part := range strings.FieldsFunc(query, func(r rune) bool { return r == '&' || r == ';' }) {
		name, _, _ := strings.Cut(part, "=")
		if unescaped, err := url.QueryUnescape(name); err == nil {
			name = unescaped
		}
		if !isTracking(name) {
			out = append(out, part)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "&")
}

// untracked is a link for people: without its fragment and what tracks.
func untracked(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	var out []string
	for part := range strings.SplitSeq(u.RawQuery, "&") {
		if name, _, _ := strings.Cut(part, "="); part != "" && !isTracking(name) {
			out = append(out, part)
		}
	}
	u.RawQuery, u.Fragment, u.RawFragment, u.ForceQuery = strings.Join(out, "&"), "", "", false
	return u.String()
}

// digest is 32 hexadecimal digits of SHA-256.
func digest(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Content is the digest of an article's text as a person reads it: headline and
// body, in NFC, with white space and invisible characters folded. Keywords, lines
// that are nothing but a date, and what is not exported do not count.
func Content(a *pipeline.Article) string {
	var texts []string
	for _, b := range a.Body {
		if b.Kind == pipeline.Keywords || b.Kind == pipeline.Dateline || b.Kind == pipeline.Boilerplate {
			continue
		}
		text := folded(b.Text())
		if _, isDate := locale.ParseDateline(text); text == "" || isDate {
			continue
		}
		texts = append(texts, text)
	}
	return digest(texts...)
}

func folded(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
	return strings.Join(strings.Fields(s), " ")
}

// words counts the words of an article's text.
func words(a *pipeline.Article) int {
	n := 0
	for _, b := range a.Body {
		if b.Kind != pipeline.Headline && b.Kind != pipeline.Keywords && b.Kind != pipeline.Boilerplate {
			n += len(strings.Fields(b.Text()))
		}
	}
	return n
}

// size is the bytes of an article's text.
func size(a *pipeline.Article) int {
	n := 0
	for _, b := range a.Body {
		n += len(b.Text())
	}
	return n
}

// longestSlug bounds the readable part of a document's id.
const longestSlug = 60

// documentID is the id of a new document: words from the link's last part, or else
// from the headline, and eight digits of the key's digest.
func documentID(key, link, headline string) string {
	slug := ""
	if u, err := url.Parse(link); err == nil && link != "" {
		last := path.Base(strings.TrimSuffix(u.Path, "/"))
		if ext := path.Ext(last); len(ext) <= 6 {
			last = strings.TrimSuffix(last, ext)
		}
		slug = slugOf(last)
	}
	if strings.Count(slug, "")-1 < 3 || strings.Trim(slug, "0123456789-") == "" || slug == "index" || slug == "article" {
		if s := slugOf(headline); s != "" {
			slug = s
		}
	}
	if slug == "" {
		slug = "article"
	}
	return slug + "-" + short(key)
}

func short(key string) string { return digest(key)[:8] }

// letters are those that do not come apart into an ASCII letter and a mark.
var letters = strings.NewReplacer("ı", "i", "ł", "l", "ø", "o", "đ", "d", "ß", "ss", "æ", "ae", "œ", "oe", "þ", "th", "ð", "d", "'", "", "’", "")

// slugOf is a text in small ASCII letters, digits and hyphens.
func slugOf(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(letters.Replace(strings.ToLower(s))) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.IsMark(r):
		default:
			if t := b.String(); t != "" && !strings.HasSuffix(t, "-") {
				b.WriteByte('-')
			}
		}
		if b.Len() > 4*longestSlug {
			break
		}
	}
	slug := strings.Trim(b.String(), "-")
	if len(slug) > longestSlug {
		slug = slug[:longestSlug]
		if i := strings.LastIndexByte(slug, '-'); i > longestSlug/2 {
			slug = slug[:i]
		}
	}
	return strings.Trim(slug, "-")
}
