// rivals - the workloads in Go, on one CPU: rivals NAME N prints the
// nanoseconds of processor time (or the bytes) that one unit cost.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type job struct {
	id   int
	name string
	data string
}

var data = strings.Repeat("x", 64)

func pingpong(n int) {
	ping, pong := make(chan int), make(chan int)
	go func() {
		for i := 0; i < n; i++ {
			pong <- <-ping
		}
	}()
	for i := 0; i < n; i++ {
		ping <- i
		if <-pong != i {
			panic("wrong answer")
		}
	}
}

// stream moves n integers through a channel of that capacity, from that
// many producers.
func stream(capacity, producers int) func(int) {
	return func(n int) {
		c := make(chan int, capacity)
		each := n / producers
		for p := 0; p < producers; p++ {
			go func() {
				for i := 0; i < each; i++ {
					c <- 1
				}
			}()
		}
		sum := 0
		for i := 0; i < each*producers; i++ {
			sum += <-c
		}
		if sum != each*producers {
			panic("messages were lost")
		}
	}
}

func burst(n int) {
	c := make(chan int, n)
	for i := 0; i < n; i++ {
		c <- 1
	}
	sum := 0
	for i := 0; i < n; i++ {
		sum += <-c
	}
	if sum != n {
		panic("messages were lost")
	}
}

// record moves pointers to new structs.
func record(n int) {
	c := make(chan *job, 1024)
	go func() {
		for i := 0; i < n; i++ {
			c <- &job{i, "job", data}
		}
	}()
	sum := 0
	for i := 0; i < n; i++ {
		sum += (<-c).id
	}
	if sum != n*(n-1)/2 {
		panic("messages were lost")
	}
}

func spawn(n int) {
	done := make(chan bool)
	for i := 0; i < n; i++ {
		go func() { done <- true }()
		<-done
	}
}

func bulk(n int) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go all.Done()
	}
	all.Wait()
}

func insertcancel(n int) {
	timers := make([]*time.Timer, n)
	for i := range timers {
		timers[i] = time.NewTimer(time.Hour)
	}
	for _, t := range timers {
		t.Stop()
	}
}

func insertfire(n int) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		time.AfterFunc(time.Duration(i%1000)*time.Microsecond, all.Done)
	}
	all.Wait()
}

func sleep(n int) {
	var all sync.WaitGroup
	all.Add(n)
	for i := 0; i < n; i++ {
		go func(i int) {
			time.Sleep(time.Duration(i%100) * time.Millisecond)
			all.Done()
		}(i)
	}
	all.Wait()
}

// resident is the memory of this program that is in RAM, in bytes.
func resident() int {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		panic(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		panic(err)
	}
	return pages * os.Getpagesize()
}

// memory is what n blocked goroutines with a channel each keep resident.
func memory(n int) float64 {
	keep := make([]chan int, n)
	for i := range keep {
		keep[i] = nil
	}
	runtime.GC()
	before := resident()
	for i := range keep {
		c := make(chan int)
		keep[i] = c
		go func() { <-c }()
	}
	runtime.Gosched()
	bytes := resident() - before
	runtime.KeepAlive(keep)
	return float64(bytes) / float64(n)
}

// cpu is the processor time that this program has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var workloads = map[string]func(int){
	"pingpong":     pingpong,
	"stream":       stream(1024, 1),
	"fanin":        stream(1024, 100),
	"fanin10k":     stream(1024, 10000),
	"burst":        burst,
	"record":       record,
	"spawn":        spawn,
	"bulk":         bulk,
	"insertcancel": insertcancel,
	"insertfire":   insertfire,
	"sleep":        sleep,
}

func main() {
	runtime.GOMAXPROCS(1)
	n, err := strconv.Atoi(os.Args[2])
	if err != nil {
		panic(err)
	}
	if os.Args[1] == "memory" {
		fmt.Println(memory(n))
		return
	}
	work := workloads[os.Args[1]]
	work(n/10 + 1)
	runtime.GC()
	start := cpu()
	work(n)
	fmt.Println(float64(cpu()-start) / float64(n))
}
