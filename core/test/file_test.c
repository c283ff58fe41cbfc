/* file_test - what all files share: collecting, places, flags, sides */
#include "kernel/file.h"

#include "stream.h"

/* ------------------------------------------------------------ a plain file */

/* A file of 26 letters that shows some at a time, or only reads. */
typedef struct plain {
  ax_file file;
  size_t piece;
  int freed;
} plain;

static const char letters[] = "abcdefghijklmnopqrstuvwxyz";

static plain *plain_of(ax_file *f) { return ax_container(f, plain, file); }

static int plain_peek(ax_file *f, const char **data, size_t *size) {
  *data = letters + f->position;
  *size = 26 - f->position;
  if (*size > plain_of(f)->piece) *size = plain_of(f)->piece;
  return AX_OK;
}

static void plain_take(ax_file *f, size_t n) { f->position += n; }

static int plain_read(ax_file *f, char *data, size_t size, size_t *done) {
  const char *from;
  plain_peek(f, &from, done);
  if (*done > size) *done = size;
  memcpy(data, from, *done);
  f->position += *done;
  return AX_OK;
}

static int plain_write(ax_file *f, const char *data, size_t size,
                       size_t *done) {
  (void)data;
  *done = size < plain_of(f)->piece ? size : plain_of(f)->piece;
  f->position += *done;
  return f->position > 26 ? AX_ENOSPC : AX_OK;
}

static int plain_seek(ax_file *f, int64_t offset, enum ax_whence whence,
                      int64_t *position) {
  if (whence == AX_SEEK_CUR) offset += (int64_t)f->position;
  if (whence == AX_SEEK_END) offset += 26;
  if (offset < 0) return AX_EINVAL;
  f->position = (uint64_t)offset;
  *position = offset;
  return AX_OK;
}

static int plain_pread(ax_file *f, char *data, size_t size, uint64_t at,
                       size_t *done) {
  (void)f;
  *done = at < 26 && size > 0;
  if (*done) *data = letters[at];
  return AX_OK;
}

static int plain_resize(ax_file *f, uint64_t size) {
  (void)f;
  return size > 26 ? AX_EFBIG : AX_OK;
}

static void plain_free(ax_object *o) {
  ax_file *f = ax__file_of(o);
  plain_of(f)->freed++;
  ax_file_fini(f);
}

static const ax_file_ops shown_ops = {
    .object = {.side = AX_READ_SIDE,
               .kind = "plain",
               .free = plain_free,
               .attempt = ax__file_ready},
    .writer = {.side = AX_WRITE_SIDE, .attempt = ax__file_write_now},
    .peek = plain_peek,
    .take = plain_take,
    .write = plain_write,
    .seek = plain_seek,
    .pread = plain_pread,
    .resize = plain_resize,
};

static const ax_file_ops read_ops = {
    .object = {.side = AX_READ_SIDE,
               .kind = "plain",
               .free = plain_free,
               .attempt = ax__file_ready},
    .writer = {.side = AX_WRITE_SIDE, .attempt = ax__file_write_now},
    .read = plain_read,
};

static const ax_file_ops bare_ops = {
    .object = {.side = AX_READ_SIDE, .kind = "bare", .free = plain_free},
    .writer = {.side = AX_WRITE_SIDE},
};

static plain p;
static ax_object *o;

static void plain_open(const ax_file_ops *ops, uint32_t flags) {
  world_open(&w);
  p = (plain){.piece = 10};
  ax_file_init(w.k, &p.file, ops, flags);
  o = &p.file.object;
}

static void plain_close(void) {
  ax_unref(o);
  check_int(p.freed, 1);
  check_int(world_stats(&w).objects, world_stats(&w).processes);
  world_close(&w);
}

/* ------------------------------------------------------------- collecting */

static size_t gather(size_t most, int until) {
  size_t more = 99;
  check_int(ax_file_gather(o, most, until, &more), AX_OK);
  return more;
}

static void check_peek(const char *want) {
  const char *data;
  size_t size;
  check_int(ax_file_peek(o, &data, &size), AX_OK);
  check(size == strlen(want) && memcmp(data, want, size) == 0);
}

static void what_comes_in_parts_is_collected(void) {
  plain_open(&shown_ops, AX_O_RDONLY);
  check_peek("abcdefghij");
  check_int(gather(99, 'd'), 4);
  check_peek("abcd");
  check_int(gather(3, 'z'), 3);
  check_int(gather(99, -1), 10);
  check_peek("abcdefghijklmnopq");
  check_int(ax_file_gathered(o), 17);
  check_str(take_from(o, 3), "abc");
  ax_file_take(o, 2);
  check_int(gather(99, 'q'), 9);
  check_int(gather(99, -1), 0);
  check_str(take_from(o, 99), "fghijklmnopqrstuvwxyz");
  check_str(take_from(o, 99), "");
  plain_close();
}

static void what_only_reads_is_collected_too(void) {
  const char *data;
  size_t size;
  plain_open(&read_ops, AX_O_RDONLY);
  check_int(ax_file_peek(o, &data, &size), AX_ENOTSUP);
  check_int(gather(4, -1), 4);
  check_peek("abcd");
  check_int(gather(99, 'f'), 10); /* more than that, and it is kept */
  check_peek("abcdefghijklmn");
  check_str(take_from(o, 99), "abcdefghijklmn");
  check_str(take_from(o, 3), "opq");
  plain_close();
}

static void what_is_collected_is_not_past(void) {
  int64_t position = -1;
  size_t done;
  plain_open(&shown_ops, AX_O_RDWR);
  gather(5, -1);
  check_int(ax_file_seek(o, 0, AX_SEEK_CUR, &position), AX_OK);
  check_int(position, 0);
  check_int(ax_file_gathered(o), 0);
  gather(5, -1);
  check_str(take_from(o, 2), "ab");
  check_int(ax_file_write(o, "xy", 2, &done), AX_OK);
  check_int(p.file.position, 4);
  check_str(take_from(o, 2), "ef");
  plain_close();
}

static void much_that_was_collected_is_let_go(void) {
  stream_open(AX_PIPE_MAX);
  size_t done, blocks = w.memory.bytes, more;
  for (int i = 0; i < 2; i++) {
    check_int(ax_file_write(wr, many(100000), 100000, &done), AX_OK);
    check_int(ax_file_gather(rd, SIZE_MAX, -1, &more), AX_OK);
  }
  check(w.memory.bytes > blocks + 200000);
  ax_file_take(rd, 200000);
  ax_step(w.k);
  check_int(w.memory.bytes, blocks);
  check_str(take(1), "EAGAIN");
  stream_close();
}

/* Half a line is not lost with who collected it. */
static void what_is_collected_stays_with_the_file(void) {
  const char *data;
  size_t size, more;
  stream_open(0);
  check_int(put("hel"), 3);
  check_int(ax_file_gather(rd, 99, '\n', &more), AX_OK);
  check_int(ax_file_gather(rd, 99, '\n', &more), AX_EAGAIN);
  check_int(ax_park(w.host, rd, ax_boolean(true), AX_NEVER), AX_EAGAIN);
  check_int(ax_kill(w.k, 1, AX_SIGTERM), AX_OK);
  check_int(ax_run(w.k, w.host), AX_OK);
  check_int(put("lo\nx"), 4);
  check_int(ax_file_gather(rd, 99, '\n', &more), AX_OK);
  check_int(ax_file_peek(rd, &data, &size), AX_OK);
  check(size == 6 && memcmp(data, "hello\n", 6) == 0);
  ax_arm arm = {rd, ax_nil()}; /* there is something, and it is told */
  check_int(ax_wait(w.host, &arm, 1, 0), AX_OK);
  int which;
  ax_value v;
  check_int(ax_proc_result(w.host, &which, &v), AX_OK);
  check_str(take(99), "hello\n");
  check_str(take(99), "x");
  stream_close();
}

static void collecting_without_memory_takes_nothing(void) {
  size_t more;
  stream_open(0);
  check_int(put("abc"), 3);
  w.memory.asked = 0;
  w.memory.fail = 1;
  check_int(ax_file_gather(rd, 99, -1, &more), AX_ENOMEM);
  check_int(more, 0);
  w.memory.fail = 0;
  check_int(ax_file_gather(rd, SIZE_MAX, -1, &more), AX_OK);
  check_str(take(99), "abc");
  stream_close();
}

/* ---------------------------------------------------------------- the rest */

static void a_missing_function_answers(void) {
  char c;
  size_t n;
  int64_t at;
  ax_stat s;
  ax_entry e;
  plain_open(&bare_ops, AX_O_RDWR | AX_O_APPEND);
  check_int(ax_file_read(o, &c, 1, &n), AX_ENOTSUP);
  check_int(ax_file_gather(o, 1, -1, &n), AX_ENOTSUP);
  check_int(ax_file_write(o, "x", 1, &n), AX_EBADF);
  check_int(ax_file_pread(o, &c, 1, 0, &n), AX_ESPIPE);
  check_int(ax_file_pwrite(o, "x", 1, 0, &n), AX_ESPIPE);
  check_int(ax_file_seek(o, 0, AX_SEEK_SET, &at), AX_ESPIPE);
  check_int(ax_file_truncate(o, 0), AX_EINVAL);
  check_int(ax_file_stat(o, &s), AX_ENOTSUP);
  check_int(ax_file_entry(o, &e), AX_ENOTDIR);
  check_int(ax_pipe_capacity(o, 0, &n), AX_EINVAL);
  check(ax_file_opening(o) == NULL);
  check_int(ax_file_flags(o), AX_O_RDWR | AX_O_APPEND);
  check_int(ax_file_set_flags(o, AX_O_NONBLOCK | AX_O_TRUNC), AX_OK);
  check_int(ax_file_flags(o), AX_O_RDWR | AX_O_NONBLOCK);
  plain_close();
}

static void places_are_checked(void) {
  char c;
  size_t n;
  int64_t at;
  plain_open(&shown_ops, AX_O_RDWR);
  check_int(ax_file_pread(o, &c, 1, 25, &n), AX_OK);
  check(n == 1 && c == 'z');
  check_int(ax_file_pread(o, &c, 1, -1, &n), AX_EINVAL);
  check_int(ax_file_pread(o, &c, 1, INT64_MAX, &n), AX_EINVAL);
  check_int(ax_file_pread(o, &c, 1, INT64_MAX - 1, &n), AX_OK);
  check_int(n, 0);
  check_int(ax_file_seek(o, -1, AX_SEEK_SET, &at), AX_EINVAL);
  check_int(ax_file_seek(o, 0, (enum ax_whence)3, &at), AX_EINVAL);
  check_int(ax_file_truncate(o, -1), AX_EINVAL);
  check_int(ax_file_truncate(o, 27), AX_EFBIG);
  plain_close();
}

static void what_it_was_opened_for_is_all_it_does(void) {
  char c;
  size_t n;
  ax_entry e;
  const uint32_t flags[] = {AX_O_RDONLY, AX_O_WRONLY};
  for (int i = 0; i < 2; i++) {
    plain_open(&shown_ops, flags[i]);
    int reads = i == 0 ? AX_OK : AX_EBADF, writes = i == 1 ? AX_OK : AX_EBADF;
    check_int(ax_file_read(o, &c, 1, &n), reads);
    check_int(ax_file_pread(o, &c, 1, 0, &n), reads);
    check_int(ax_file_gather(o, 1, -1, &n), reads);
    check_int(ax_file_entry(o, &e), i == 0 ? AX_ENOTDIR : AX_EBADF);
    check_int(ax_file_write(o, "x", 1, &n), writes);
    check_int(ax_file_pwrite(o, "x", 1, 0, &n), AX_ESPIPE);
    check_int(ax_file_truncate(o, 0), i == 1 ? AX_OK : AX_EINVAL);
    plain_close();
  }
}

static void what_is_no_file_is_told_apart(void) {
  ax_object *tx, *rx;
  char c;
  size_t n;
  world_open(&w);
  world_channel(&w, 1, AX_FULL_BLOCK, &tx, &rx);
  check(ax__file_of(tx) == NULL && ax__file_of(NULL) == NULL);
  check(ax_file_writer(tx) == NULL);
  check_int(ax_file_read(rx, &c, 1, &n), AX_EBADF);
  check_int(ax_file_write(tx, &c, 1, &n), AX_EBADF);
  check_int(ax_file_flags(tx), AX_EBADF);
  check(ax_file_opening(tx) == NULL);
  ax_unref(tx);
  ax_unref(rx);
  world_close(&w);
}

/* A file that never makes anybody wait, as an arm. */
static void a_plain_file_is_written_at_once(void) {
  plain_open(&shown_ops, AX_O_RDWR);
  int which;
  ax_value v;
  ax_arm arm = {ax_file_writer(o), ax_lent(letters, 25)};
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  check_int(ax_proc_result(w.host, &which, &v), AX_OK);
  check_int(ax_lent_size(&v), 0);
  check_int(p.file.position, 25);
  arm.value = ax_lent(letters, 20);
  check_int(ax_wait(w.host, &arm, 1, AX_NEVER), AX_OK);
  check_int(ax_proc_result(w.host, &which, &v), AX_ENOSPC);
  check_int(ax_lent_size(&v), 20);
  ax_arm reading = {o, ax_nil()};
  check_int(ax_wait(w.host, &reading, 1, 0), AX_OK);
  check_int(ax_proc_result(w.host, &which, &v), AX_OK);
  plain_close();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(what_comes_in_parts_is_collected),
      TEST(what_only_reads_is_collected_too),
      TEST(what_is_collected_is_not_past),
      TEST(much_that_was_collected_is_let_go),
      TEST(what_is_collected_stays_with_the_file),
      TEST(collecting_without_memory_takes_nothing),
      TEST(a_missing_function_answers),
      TEST(places_are_checked),
      TEST(what_it_was_opened_for_is_all_it_does),
      TEST(what_is_no_file_is_told_apart),
      TEST(a_plain_file_is_written_at_once),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
