package llmtest

import (
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"time"
)

// store is what the Batch API keeps, in the order in which it came. The
// server's lock guards it.
type store struct {
	files   []*file
	batches []*batch
	made    int // files and batches, for their ids
}

// file is one file of the Files API.
type file struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Bytes   int    `json:"bytes"`
	Made    int64  `json:"created_at"`
	Name    string `json:"filename"`
	Purpose string `json:"purpose"`

	content []byte
}

// maxUpload is the Batch API's limit of a file, 200 MB, and room for the form.
const maxUpload = 201 << 20

// addFile keeps a file. The lock is held.
func (s *Server) addFile(name, purpose string, content []byte) *file {
	s.store.made++
	f := &file{
		ID: fmt.Sprintf("file-%04d", s.store.made), Object: "file", Bytes: len(content), Made: time.Now().Unix(),
		Name: name, Purpose: purpose, content: content,
	}
	s.store.files = append(s.store.files, f)
	return f
}

// uploadFile answers POST /v1/files.
func (s *Server) uploadFile(w http.ResponseWriter, r *http.Request) {
	name, purpose, content, err := form(r)
	if err != nil || purpose != "batch" {
		writeJSON(w, http.StatusBadRequest, apiError(fmt.Sprintf("a form with purpose batch and a file is wanted: %v", err), "invalid_request_error", nil))
		return
	}
	s.mu.Lock()
	f := s.addFile(name, purpose, content)
	s.mu.Unlock()
	s.reply(w, r, f)
}

// form reads a multipart form part by part.
func form(r *http.Request) (name, purpose string, content []byte, err error) {
	_, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return "", "", nil, fmt.Errorf("reading the content type: %w", err)
	}
	parts := multipart.NewReader(io.LimitReader(r.Body, maxUpload), params["boundary"])
	for {
		p, err := parts.NextPart()
		if err == io.EOF {
			return name, purpose, content, nil
		}
		if err != nil {
			return "", "", nil, fmt.Errorf("reading the form: %w", err)
		}
		b, err := io.ReadAll(p)
		if err != nil {
			return "", "", nil, fmt.Errorf("reading the form: %w", err)
		}
		switch p.FormName() {
		case "purpose":
			purpose = string(b)
		case "file":
			name, content = p.FileName(), b
		}
	}
}

// listFiles answers GET /v1/files.
func (s *Server) listFiles(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	page, more := paged(s.store.files, func(f *file) string { return f.ID }, r)
	s.mu.Unlock()
	s.reply(w, r, map[string]any{"object": "list", "data": page, "has_more": more})
}

// paged is one page of a list, newest first.
func paged[T any](all []T, id func(T) string, r *http.Request) (page []T, more bool) {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil || limit <= 0 || limit > 100 {
		limit = 20
	}
	after := r.URL.Query().Get("after")
	page = []T{}
	for i := len(all) - 1; i >= 0; i-- {
		switch {
		case after != "":
			if id(all[i]) == after {
				after = ""
			}
		case len(page) == limit:
			return page, true
		default:
			page = append(page, all[i])
		}
	}
	return page, false
}

// oneFile finds the file of a request, or answers 404.
func (s *Server) oneFile(w http.ResponseWriter, r *http.Request) *file {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.store.files {
		if f.ID == r.PathValue("id") {
			return f
		}
	}
	writeJSON(w, http.StatusNotFound, apiError("No such File object: "+r.PathValue("id"), "invalid_request_error", nil))
	return nil
}

func (s *Server) getFile(w http.ResponseWriter, r *http.Request) {
	if f := s.oneFile(w, r); f != nil {
		s.reply(w, r, f)
	}
}

func (s *Server) fileContent(w http.ResponseWriter, r *http.Request) {
	f := s.oneFile(w, r)
	if f == nil {
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	content := f.content
	if s.opt.Batch.lose(r) {
		_, _ = w.Write(content[:len(content)/2])
		hangUp(w)
		return
	}
	_, _ = w.Write(content)
}

func (s *Server) deleteFile(w http.ResponseWriter, r *http.Request) {
	f := s.oneFile(w, r)
	if f == nil {
		return
	}
	s.mu.Lock()
	for i, x := range s.store.files {
		if x == f {
			s.store.files = append(s.store.files[:i:i], s.store.files[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
	s.reply(w, r, map[string]any{"id": f.ID, "object": "file", "deleted": true})
}

// Files are the names of the files that are kept, oldest first.
func (s *Server) Files() (names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.store.files {
		names = append(names, f.Name)
	}
	return names
}

// reply writes an answer of the Batch API, unless it is to be lost.
func (s *Server) reply(w http.ResponseWriter, r *http.Request, v any) {
	if s.opt.Batch.lose(r) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{"))
		hangUp(w)
		return
	}
	writeJSON(w, http.StatusOK, v)
}
