/* shape_test - schemas described, compiled, and described again */
#include <math.h>

#include "describe.h"
#include "ipc/schema.h"

static void check_described(const ax_schema *s, const char *want) {
  char text[512];
  check_int(ax_schema_describe(s, text, sizeof text), strlen(want));
  check_str(text, want);
}

static void a_schema_describes_itself(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(describe_job());
  const char *want =
      "{ id = ax.integer { min = 1, max = 100 }, "
      "mood = ax.enum { \"a\", \"b\" }, name = ax.optional(\"string\"), "
      "next = ax.optional(<recursive>), "
      "tags = { ax.string { max = 3, pattern = \"^%a\" } } }";
  check_described(s, want);
  char text[64];
  for (size_t size = 1; size < sizeof text; size++) {
    size_t n = ax_schema_describe(s, text, size);
    check(n < size && n == strlen(text));
    if (size > 4) check_str(text + n - 3, "...");
  }
  check_int(ax_schema_describe(s, text, 0), 0);
  ax_object *o = &s->object;
  check_str(ax_object_kind(o), "schema");
  check(ax_object_describe(o, text, sizeof text) > 0);
  ax_schema_unref(s);
  world_close(&w);
}

static void a_schema_is_a_part_of_another(void) {
  world_open(&w);
  begin();
  ax_schema *job = compile(describe_job());
  begin();
  ax_node map = ax_shape_map(b);
  ax_shape_add(b, map, type(AX_STRING));
  ax_shape_add(b, map, array(ax_shape_embed(b, job)));
  ax_schema *s = compile(map);
  ax_schema_unref(job); /* it was copied */
  check_value(s,
              PACKED("\x81\xa1q\x91\x83\xa2id\x01\xa4tags\x90\xa4mood\xa1"
                     "b"),
              "");
  check_value(s,
              PACKED("\x81\xa1q\x91\x83\xa2id\x00\xa4tags\x90\xa4mood\xa1"
                     "b"),
              "$.q[1].id: expected integer from 1 to 100, got 0");
  ax_schema_unref(s);
  world_close(&w);
}

static ax_node bad_type(void) { return type(AX_FOREIGN); }
static ax_node bad_limits(void) { return ax_shape_number(b, 1, 0); }
static ax_node bad_nan(void) { return ax_shape_number(b, NAN, 0); }
static ax_node bad_pattern(void) { return ax_shape_string(b, 0, 1, "[", 1); }
static ax_node no_node(void) { return 0; }
static ax_node strange_node(void) { return 77; }
static ax_node empty_array(void) { return ax_shape_array(b, 0, 1); }
static ax_node empty_union(void) { return ax_shape_union(b); }
static ax_node empty_optional(void) { return ax_shape_optional(b); }
static ax_node empty_enum(void) { return ax_shape_enum(b); }

static ax_node half_a_map(void) {
  ax_node m = ax_shape_map(b);
  ax_shape_add(b, m, type(AX_STRING));
  return m;
}

static ax_node map_by_tables(void) {
  ax_node m = half_a_map();
  ax_shape_add(b, m, type(AX_STRING));
  ax_node other = ax_shape_map(b);
  ax_shape_add(b, other, m);
  ax_shape_add(b, other, m);
  return other;
}

static ax_node two_elements(void) {
  ax_node a = array(type(AX_STRING));
  ax_shape_add(b, a, type(AX_STRING));
  return a;
}

static ax_node twice_the_field(void) {
  ax_node r = ax_shape_record(b, true);
  field(r, "x", type(AX_STRING));
  field(r, "x", type(AX_STRING));
  return r;
}

static ax_node part_of_a_scalar(void) {
  ax_node t = type(AX_STRING);
  ax_shape_add(b, t, t);
  return t;
}

static ax_node part_of_a_record(void) {
  ax_node r = ax_shape_record(b, false);
  ax_shape_add(b, r, r);
  return r;
}

static ax_node itself(void) {
  ax_node u = ax_shape_union(b);
  ax_shape_add(b, u, optional(u));
  return u;
}

static ax_node deep_unions(void) {
  ax_node n = type(AX_STRING);
  for (int i = 0; i < 1000; i++) n = optional(n);
  return n;
}

static void bad_descriptions_are_refused(void) {
  static ax_node (*const bad[])(void) = {
      bad_type,       bad_limits,      bad_nan,          bad_pattern,
      no_node,        strange_node,    empty_array,      empty_union,
      empty_optional, empty_enum,      half_a_map,       map_by_tables,
      two_elements,   twice_the_field, part_of_a_scalar, part_of_a_record,
      itself,         deep_unions};
  world_open(&w);
  for (size_t i = 0; i < COUNT(bad); i++) {
    begin();
    ax_schema *s = NULL;
    ax_node root = bad[i]();
    fault.text[0] = '\0';
    check_int(ax_shape_compile(b, root, &s, &fault), AX_EINVAL);
    check(s == NULL);
    check(fault.text[0] != '\0');
  }
  world_close(&w);
}

static void an_error_stays_and_nothing_follows_from_it(void) {
  world_open(&w);
  begin();
  const char *why;
  check_int(ax_shape_error(b, &why), AX_OK);
  ax_node r = ax_shape_record(b, false);
  field(r, "x", ax_shape_integer(b, 1, 0));
  field(r, "y", type(AX_FOREIGN));
  check_int(type(AX_STRING), 0);
  check_int(ax_shape_error(b, &why), AX_EINVAL);
  check_str(why, "min is greater than max");
  ax_shape_free(b);
  ax_shape_free(NULL);
  world_close(&w);
}

static void memory_may_fail_at_any_point(void) {
  for (size_t n = 1;; n++) {
    world_open(&w);
    w.memory.fail = w.memory.asked + n;
    ax_schema *s = NULL;
    int rc = ax_shape_new(w.k, &b);
    if (rc == AX_OK) rc = ax_shape_compile(b, describe_job(), &s, NULL);
    bool failed = w.memory.failed > 0;
    check_int(rc, failed ? AX_ENOMEM : AX_OK);
    check((s == NULL) == failed);
    if (s != NULL) ax_schema_unref(s);
    check_int(world_stats(&w).objects, 1); /* process 1 */
    world_close(&w);
    if (!failed) break;
    check(n < 100);
  }
}

static const test tests[] = {
    TEST(a_schema_describes_itself),
    TEST(a_schema_is_a_part_of_another),
    TEST(bad_descriptions_are_refused),
    TEST(an_error_stays_and_nothing_follows_from_it),
    TEST(memory_may_fail_at_any_point),
};

int main(int argc, char **argv) {
  return test_main(argc, argv, tests, COUNT(tests));
}
