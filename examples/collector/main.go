// Command collector takes views over HTTP and stores them behind a queue.
//
//	collector -listen 127.0.0.1:8080 -data DIR     serve
//	collector -data DIR -export                    print every stored view, an object a line
//
// A batch is appended to a spool on disk and answered; a worker moves it into the store two seconds
// later at the latest. So what was acknowledged is kept, and appears late. A batch whose answer got
// lost comes again and is stored again: at-least-once. With -queue memory there is no spool, which
// is a common defect: what waits is lost when the process is killed.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	moveEvery = 2 * time.Second
	bodyMost  = 1 << 20
	batchMost = 500
)

type view struct {
	ID   int64  `json:"id"`
	User string `json:"user_id"`
}

// queue holds batches, as lines of JSON, until the worker takes them.
type queue interface {
	put(lines []byte) error
	take() ([]byte, error)
	taken() error
}

// memoryQueue loses what it holds when the process ends.
type memoryQueue struct {
	mutex   sync.Mutex
	waiting []byte
}

func (q *memoryQueue) put(lines []byte) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	q.waiting = append(q.waiting, lines...)
	return nil
}

func (q *memoryQueue) take() ([]byte, error) {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	lines := q.waiting
	q.waiting = nil
	return lines, nil
}

func (q *memoryQueue) taken() error { return nil }

// diskQueue appends to a file and syncs it before it returns. What is taken is renamed first and
// removed once it is stored, so a worker that dies in between takes it again.
type diskQueue struct {
	mutex sync.Mutex
	file  *os.File
	path  string
}

func (q *diskQueue) put(lines []byte) error {
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.file == nil {
		file, err := os.OpenFile(q.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		q.file = file
	}
	if _, err := q.file.Write(lines); err != nil {
		return err
	}
	return q.file.Sync()
}

func (q *diskQueue) moving() string { return q.path + ".moving" }

func (q *diskQueue) take() ([]byte, error) {
	left, err := os.ReadFile(q.moving())
	if err == nil {
		return left, nil // of a worker that died
	}
	q.mutex.Lock()
	defer q.mutex.Unlock()
	if q.file != nil {
		q.file.Close()
		q.file = nil
	}
	if err := os.Rename(q.path, q.moving()); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return nil, nil
		}
		return nil, err
	}
	return os.ReadFile(q.moving())
}

func (q *diskQueue) taken() error { return os.Remove(q.moving()) }

// store appends whole lines to a file; a line that a kill cut off is left out by readers.
func store(path string, lines []byte) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(append([]byte("\n"), lines...)); err != nil {
		return err
	}
	return file.Sync()
}

func move(q queue, path string) {
	for range time.Tick(moveEvery) {
		lines, err := q.take()
		if err == nil && len(lines) > 0 {
			if err = store(path, lines); err == nil {
				err = q.taken()
			}
		}
		if err != nil {
			log.Printf("moving: %v", err)
		}
	}
}

// batchOf reads a body of one view a line.
func batchOf(body io.Reader) ([]byte, int, error) {
	decoder := json.NewDecoder(body)
	var lines []byte
	for count := 0; ; count++ {
		var one view
		if err := decoder.Decode(&one); errors.Is(err, io.EOF) {
			return lines, count, nil
		} else if err != nil {
			return nil, 0, err
		}
		if one.ID <= 0 || one.User == "" || count == batchMost {
			return nil, 0, fmt.Errorf("a batch has at most %d views, each with id and user_id", batchMost)
		}
		line, err := json.Marshal(one)
		if err != nil {
			return nil, 0, err
		}
		lines = append(append(lines, line...), '\n')
	}
}

func export(path string, out io.Writer) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	printed := bufio.NewWriter(out)
	defer printed.Flush()
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var one view
		if json.Unmarshal(lines.Bytes(), &one) == nil {
			fmt.Fprintf(printed, "%s\n", lines.Bytes())
		}
	}
	return lines.Err()
}

func answer(w http.ResponseWriter, status int, word string, taken int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(map[string]any{"status": word, "taken": taken})
}

func main() {
	listen := flag.String("listen", "127.0.0.1:8080", "where to listen")
	data := flag.String("data", ".", "the folder of spool and store")
	kind := flag.String("queue", "disk", "disk, or memory: what waits is lost with the process")
	exports := flag.Bool("export", false, "print every stored view and end")
	flag.Parse()
	views := filepath.Join(*data, "views.ndjson")
	if *exports {
		if err := export(views, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	var waiting queue = &diskQueue{path: filepath.Join(*data, "spool.ndjson")}
	if *kind == "memory" {
		waiting = &memoryQueue{}
	}
	go move(waiting, views)
	http.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, "up", 0)
	})
	http.HandleFunc("POST /v1/views", func(w http.ResponseWriter, r *http.Request) {
		lines, count, err := batchOf(http.MaxBytesReader(w, r.Body, bodyMost))
		if err != nil {
			answer(w, http.StatusBadRequest, err.Error(), 0)
		} else if err := waiting.put(lines); err != nil {
			log.Printf("queue: %v", err)
			answer(w, http.StatusOK, "busy", 0)
		} else {
			answer(w, http.StatusOK, "queued", count)
		}
	})
	log.Fatal(http.ListenAndServe(*listen, nil))
}
