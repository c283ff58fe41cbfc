/* schema_test - values from C against schemas */
#include "describe.h"

/* ------------------------------------------------------------------ values */

static void scalars_are_checked(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(ax_shape_integer(b, -1, 5));
  check_value(s, ax_integer(5), "");
  check_value(s, ax_number(-1), "");
  check_value(s, ax_integer(6), "$: expected integer from -1 to 5, got 6");
  check_value(s, ax_number(0.5), "$: expected integer from -1 to 5, got 0.5");
  check_value(s, ax_nil(), "$: expected integer from -1 to 5, got nil");
  check_value(s, PACKED("\x90"),
              "$: expected integer from -1 to 5, got table");
  check_value(s, PACKED("\xa1x"),
              "$: expected integer from -1 to 5, got string");
  ax_schema_unref(s);
  world_close(&w);
}

static void tables_are_checked(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(describe_job());
  check_value(s,
              PACKED("\x83\xa2id\x01\xa4tags\x91\xa1x\xa4mood\xa1"
                     "a"),
              "");
  check_value(s,
              PACKED("\x83\xa2id\x01\xa4tags\x92\xa1x\xa1"
                     "1\xa4mood\xa1"
                     "a"),
              "$.tags[2]: expected string of at most 3 bytes that matches "
              "\"^%a\", got \"1\"");
  check_value(s,
              PACKED("\x82\xa2id\x01\xa4mood\xa1"
                     "c"),
              "$.mood: expected \"a\" or \"b\", got \"c\"");
  check_value(s,
              PACKED("\x82\xa2id\x01\xa4mood\xa1"
                     "a"),
              "$.tags: required field is missing");
  check_value(s, PACKED("\x81\xa3ide\x01"),
              "$.id: required field is missing");
  check_value(s, PACKED("\x82\xa2id\x01\xa2id\x01"),
              "$.id: it is there twice");
  check_value(s,
              PACKED("\x84\xa2id\x01\xa4tags\x90\xa4mood\xa1"
                     "a\xa4next\x80"),
              "$.next.id: required field is missing");
  check_value(s, PACKED("\x91\x01"), "$[1]: unexpected field");
  ax_schema_unref(s);
  world_close(&w);
}

static void a_foreign_value_is_its_keepers_business(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(type(AX_INTEGER));
  ax_value v = world_foreign(&w, 1);
  check_int(ax_schema_check_value(s, &v, NULL), AX_OK);
  check_int(ax_schema_admit(s, &v, NULL), AX_OK);
  check_int(w.closet.released[1], 0);
  ax_schema_unref(s);
  world_close(&w);
}

static void plain_types_need_no_walk(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(type(AX_INTEGER));
  check_int(ax_schema_plain(s), 1 << AX_INTEGER);
  ax_schema_unref(s);
  begin();
  s = compile(optional(type(AX_NUMBER)));
  check_int(ax_schema_plain(s),
            1 << AX_INTEGER | 1 << AX_NUMBER | 1 << AX_NIL);
  ax_schema_unref(s);
  begin();
  ax_node u = ax_shape_union(b);
  ax_shape_add(b, u, ax_shape_integer(b, 0, 5));
  ax_shape_add(b, u, type(AX_NUMBER)); /* an integer may be both */
  ax_shape_add(b, u, type(AX_STRING));
  s = compile(u);
  check_int(ax_schema_plain(s), 1 << AX_STRING);
  ax_schema_unref(s);
  begin();
  s = compile(array(ax_shape_any(b)));
  check_int(ax_schema_plain(s), 0);
  check(!ax_schema_is_open(s));
  ax_schema_unref(s);
  world_close(&w);
}

static void numbers_are_admitted_as_integers(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(type(AX_INTEGER));
  ax_value v = ax_number(3);
  check_int(ax_schema_admit(s, &v, NULL), AX_OK);
  check_int(v.type, AX_INTEGER);
  check_int(v.u.integer, 3);
  v = ax_number(3.5);
  check_int(ax_schema_admit(s, &v, &fault), AX_EPROTO);
  check_str(fault.text, "$: expected integer, got 3.5");
  ax_schema_unref(s);
  begin();
  s = compile(array(type(AX_INTEGER)));
  v = PACKED("\x92\xcb\x3f\xf0\0\0\0\0\0\0\x02");
  w.memory.fail = w.memory.asked + 1;
  check_int(ax_schema_admit(s, &v, NULL), AX_ENOMEM);
  check_int(v.type, AX_TABLE);
  check_int(ax_schema_admit(s, &v, NULL), AX_OK);
  size_t n = 0;
  check(memcmp(ax_value_bytes(&v, &n), "\x92\x01\x02", 3) == 0);
  check_int(n, 3);
  const ax_bytes *same = v.u.bytes;
  check_int(ax_schema_admit(s, &v, NULL), AX_OK);
  check(v.u.bytes == same); /* nothing to change */
  ax_value_clear(&v);
  ax_schema_unref(s);
  world_close(&w);
}

static void tuples_may_have_gaps(void) {
  world_open(&w);
  begin();
  ax_node t = ax_shape_tuple(b);
  ax_shape_add(b, t, optional(type(AX_INTEGER)));
  ax_shape_add(b, t, type(AX_STRING));
  ax_schema *s = compile(t);
  check_value(s, PACKED("\x92\x01\xa1x"), "");
  check_value(s, PACKED("\x81\x02\xa1x"), "");
  check_value(s, PACKED("\x82\x02\xa1x\x01\x05"), "");
  check_value(s, PACKED("\x81\xcb\x40\0\0\0\0\0\0\0\xa1x"), ""); /* 2.0 */
  check_value(s, PACKED("\x82\x02\xa1x\x03\x05"),
              "$[3]: not a position of this tuple");
  check_value(s, PACKED("\x91\x01"), "$[2]: required element is missing");
  ax_schema_unref(s);
  world_close(&w);
}

/* ---------------------------------------------------------------- lifetime */

static void a_typed_channel_checks_what_c_sends(void) {
  world_open(&w);
  begin();
  ax_schema *s = compile(array(type(AX_INTEGER)));
  ax_channel_options o = {AX_UNBOUNDED, AX_FULL_BLOCK, NULL, s};
  ax_object *tx, *rx;
  check_int(ax_channel_new(w.k, &o, &tx, &rx), AX_OK);
  ax_value good = PACKED("\x91\x01"), bad = PACKED("\x91\xa1x");
  check_int(ax_channel_send(tx, &good), AX_OK);
  check_int(ax_channel_send(tx, &bad), AX_EPROTO);
  check_str(ax_schema_fault(s), "$[1]: expected integer, got string");
  check_int(bad.type, AX_TABLE); /* still ours */
  ax_schema_unref(s);            /* the channel has its own reference */
  check_int(ax_channel_send(tx, &bad), AX_EPROTO);
  ax_value_clear(&bad);
  check_int(ax_channel_recv(rx, &good), AX_OK);
  ax_value_clear(&good);
  ax_unref(tx);
  ax_unref(rx);
  check_int(world_stats(&w).objects, 1); /* process 1 */
  world_close(&w);
}

static const test tests[] = {
    TEST(scalars_are_checked),
    TEST(tables_are_checked),
    TEST(a_foreign_value_is_its_keepers_business),
    TEST(plain_types_need_no_walk),
    TEST(numbers_are_admitted_as_integers),
    TEST(tuples_may_have_gaps),
    TEST(a_typed_channel_checks_what_c_sends),
};

int main(int argc, char **argv) {
  return test_main(argc, argv, tests, COUNT(tests));
}
