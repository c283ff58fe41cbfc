/* content_test - regular files in memory: what is in them */
#include "files.h"

enum { MODEL = 40000, PIECE = 9000 };

static char model[MODEL], piece[PIECE];
static size_t model_size;

static void model_write(ax_object *f, uint64_t *seed) {
  size_t done, at = test_random(seed, MODEL - PIECE);
  size_t size = 1 + test_random(seed, test_random(seed, 4) ? 100 : PIECE);
  memset(piece, (int)(1 + test_random(seed, 255)), size);
  OK(ax_file_pwrite(f, piece, size, (int64_t)at, &done));
  check_int(done, size);
  memcpy(model + at, piece, size);
  if (at + size > model_size) model_size = at + size;
}

static void model_resize(ax_object *f, uint64_t *seed) {
  size_t size = test_random(seed, MODEL);
  OK(ax_file_truncate(f, (int64_t)size));
  if (size < model_size) memset(model + size, 0, model_size - size);
  model_size = size;
}

static void model_read(ax_object *f, uint64_t *seed) {
  size_t done, at = test_random(seed, MODEL);
  size_t size = 1 + test_random(seed, PIECE - 1);
  size_t want = at >= model_size ? 0 : model_size - at;
  if (want > size) want = size;
  OK(ax_file_pread(f, piece, size, (int64_t)at, &done));
  check_int(done, want);
  check(memcmp(piece, model + at, done) == 0);
}

static void contents_are_what_an_array_has(void) {
  ax_object *f;
  uint64_t seed = 1;
  tree_open();
  OK(open_file("/tmp/a", AX_O_RDWR | AX_O_CREAT, &f));
  memset(model, 0, sizeof model);
  model_size = 0;
  for (int i = 0; i < 20000; i++) {
    uint64_t which = test_random(&seed, 10);
    if (which < 4)
      model_write(f, &seed);
    else if (which < 5)
      model_resize(f, &seed);
    else
      model_read(f, &seed);
  }
  check_int(stat_of("/tmp/a").size, model_size);
  OK(ax_file_truncate(f, 0));
  check_int(stat_of("/tmp/a").blocks, 0);
  ax_unref(f);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  tree_clean();
}

static void sparse_files_take_what_was_written(void) {
  ax_object *f;
  size_t done;
  int64_t at, far = INT64_MAX - 4;
  char byte = 'x';
  const char *shown;
  tree_open();
  OK(open_file("/tmp/a", AX_O_RDWR | AX_O_CREAT, &f));
  OK(ax_file_seek(f, far, AX_SEEK_SET, &at));
  OK(ax_file_write(f, "abcdefgh", 8, &done));
  check_int(done, 4); /* up to 2^63 - 1 */
  check_int(ax_file_write(f, "efgh", 4, &done), AX_EFBIG);
  check_int(stat_of("/tmp/a").size, INT64_MAX);
  check(stat_of("/tmp/a").blocks <= 16);
  check_int(ax_file_seek(f, 1, AX_SEEK_CUR, &at), AX_EOVERFLOW);
  check_int(ax_file_seek(f, INT64_MIN, AX_SEEK_END, &at), AX_EINVAL);
  check_int(ax_file_seek(f, INT64_MAX, AX_SEEK_END, &at), AX_EOVERFLOW);
  OK(ax_file_seek(f, -5, AX_SEEK_END, &at));
  check_int(at, far - 1);
  OK(ax_file_peek(f, &shown, &done));
  check(done > 0 && shown[0] == 0);
  OK(ax_file_pread(f, &byte, 1, far, &done));
  check(done == 1 && byte == 'a');
  check_int(ax_file_pread(f, &byte, 1, INT64_MAX, &done), AX_EINVAL);
  check_int(ax_file_pread(f, &byte, 1, -1, &done), AX_EINVAL);
  OK(ax_file_truncate(f, INT64_MAX));
  check_int(ax_file_truncate(f, -1), AX_EINVAL);
  OK(ax_file_truncate(f, 2));
  check_int(stat_of("/tmp/a").blocks, 0);
  ax_unref(f);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  tree_clean();
}

static void appending_is_at_the_end(void) {
  ax_object *a, *b;
  size_t done;
  int64_t at;
  tree_open();
  OK(open_file("/tmp/a", AX_O_WRONLY | AX_O_CREAT | AX_O_APPEND, &a));
  OK(open_file("/tmp/a", AX_O_WRONLY, &b));
  OK(ax_file_write(a, "one", 3, &done));
  OK(ax_file_seek(a, 0, AX_SEEK_SET, &at));
  OK(ax_file_write(b, "ONE!", 4, &done));
  OK(ax_file_write(a, "two", 3, &done));
  check_str(get("/tmp/a"), "ONE!two");
  OK(ax_file_pwrite(a, "x", 1, 0, &done));
  check_str(get("/tmp/a"), "xNE!two");
  ax_unref(a);
  ax_unref(b);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  tree_clean();
}

static void a_file_without_a_name_lives_while_it_is_open(void) {
  ax_object *f;
  ax_stat st;
  char text[8];
  size_t done;
  tree_open();
  uint64_t used = usage().used;
  OK(put("/tmp/a", "alive"));
  OK(open_file("/tmp/a", AX_O_RDONLY, &f));
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  check_str(is("/tmp/a"), "ENOENT");
  OK(put("/tmp/a", "other"));
  OK(ax_file_read(f, text, sizeof text, &done));
  check(done == 5 && memcmp(text, "alive", 5) == 0);
  OK(ax_file_stat(f, &st));
  check_int(st.nlink, 0);
  check(st.ino != stat_of("/tmp/a").ino);
  OK(ax_fs_unlink(w.k, "/tmp/a"));
  check(usage().used > used);
  ax_unref(f);
  check_int(usage().used, used);
  tree_clean();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(contents_are_what_an_array_has),
      TEST(sparse_files_take_what_was_written),
      TEST(appending_is_at_the_end),
      TEST(a_file_without_a_name_lives_while_it_is_open),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
