/* channel_test - what goes through, closing, capacity and policies */
#include "pair.h"

/* ------------------------------------------------------------ the basics */

static void messages_come_out_as_they_went_in(void) {
  setup(AX_UNBOUNDED, AX_FULL_BLOCK);
  int64_t in = 0, out = 0;
  uint64_t seed = 5;
  while (in < 20000) { /* grows with its oldest message anywhere */
    for (uint64_t n = test_random(&seed, 60); n > 0; n--)
      check_int(send(in++), AX_OK);
    for (uint64_t n = test_random(&seed, 50); n > 0 && out < in; n--)
      check_int(recv(), out++);
    check_queue((size_t)(in - out), 0);
  }
  while (out < in) check_int(recv(), out++);
  check_int(recv(), AX_EAGAIN);
  teardown();
}

static void no_options_are_unbounded_and_unnamed(void) {
  world_open(&w);
  check_int(ax_channel_new(w.k, NULL, &tx, &rx), AX_OK);
  check(world_stats(&w).objects > 0);
  for (int i = 0; i < 2; i++) {
    ax_channel_stat s = look(i ? tx : rx);
    check_str(s.name, "");
    check(s.capacity == AX_UNBOUNDED && s.queued == 0 && s.schema == NULL);
    check(s.senders == 1 && s.receivers == 1 && s.dropped == 0);
    check_int(s.full, AX_FULL_BLOCK);
  }
  check(ax_object_peer(tx) == rx && ax_object_peer(rx) == tx);
  check_str(ax_object_kind(tx), "sender");
  check_str(ax_object_kind(rx), "receiver");
  check(ax_object_kernel(tx) == w.k && ax_object_kernel(rx) == w.k);
  teardown();
}

static void every_type_of_value_travels(void) {
  setup(AX_UNBOUNDED, AX_FULL_BLOCK);
  ax_value in[6] = {ax_integer(INT64_MIN),
                    ax_number(-0.5),
                    ax_boolean(false),
                    {AX_NULL, 0, 0, {0}},
                    world_foreign(&w, 3)};
  check_int(ax_string(w.k, "a\0b", 3, &in[5]), AX_OK);
  for (int i = 0; i < 6; i++) check_int(ax_channel_send(tx, &in[i]), AX_OK);
  ax_value v[6];
  for (int i = 0; i < 6; i++) check_int(ax_channel_recv(rx, &v[i]), AX_OK);
  check(v[0].type == AX_INTEGER && v[0].u.integer == INT64_MIN);
  check(v[1].type == AX_NUMBER && v[1].u.number == -0.5);
  check(v[2].type == AX_BOOLEAN && !v[2].u.boolean);
  check(v[3].type == AX_NULL);
  check(v[4].type == AX_FOREIGN && v[4].slot == 3);
  size_t length;
  const char *data = ax_value_bytes(&v[5], &length);
  check(length == 3 && memcmp(data, "a\0b", 3) == 0);
  for (int i = 0; i < 6; i++) ax_value_clear(&v[i]);
  check_int(w.closet.released[3], 1);
  teardown();
}

static void nil_cannot_be_sent(void) {
  setup(AX_UNBOUNDED, AX_FULL_BLOCK);
  ax_value v = ax_nil();
  check_int(ax_channel_send(tx, &v), AX_EINVAL);
  check_queue(0, 0);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(5, ARM(tx)));
  run();
  check(strstr(w.log, "a>") == NULL);
  check_queue(0, 0);
  teardown();
}

static void the_wrong_end_is_refused(void) {
  setup(1, AX_FULL_BLOCK);
  ax_value v = ax_integer(1);
  ax_object *host = ax_proc_object(w.host);
  check_int(ax_channel_send(rx, &v), AX_EINVAL);
  check_int(ax_channel_send(host, &v), AX_EINVAL);
  check_int(ax_channel_recv(tx, &v), AX_EINVAL);
  check_int(ax_channel_recv(host, &v), AX_EINVAL);
  check(v.type == AX_INTEGER && v.u.integer == 1);
  check_queue(0, 0);
  teardown();
}

static void names_are_copied_and_described(void) {
  world_open(&w);
  char name[] = "jobs", text[64] = "";
  ax_channel_options o = {16, AX_FULL_BLOCK, name, NULL};
  check_int(ax_channel_new(w.k, &o, &tx, &rx), AX_OK);
  name[0] = 'J';
  for (int i = 0; i < 3; i++) check_int(send(i), AX_OK);
  check_str(look(rx).name, "jobs");
  check_int(ax_object_describe(tx, text, sizeof text), 13);
  check_str(text, "\"jobs\" (3/16)");
  check_int(ax_object_describe(rx, text, 5), 13);
  check_str(text, "\"job");
  check_int(ax_object_describe(rx, NULL, 0), 13);
  memset(text, 'x', sizeof text);
  check_int(ax_object_describe(rx, text, 1), 13);
  check(text[0] == '\0' && text[1] == 'x');
  teardown();
}

static void a_description_fits_any_channel(void) {
  static char name[3000];
  memset(name, '%', sizeof name - 1);
  const size_t capacities[] = {0, 1, SIZE_MAX - 1, AX_UNBOUNDED};
  for (size_t i = 0; i < COUNT(capacities); i++) {
    world_open(&w);
    ax_channel_options o = {capacities[i], AX_FULL_BLOCK, i % 2 ? name : NULL,
                            NULL};
    check_int(ax_channel_new(w.k, &o, &tx, &rx), AX_OK);
    char text[4000];
    int n = ax_object_describe(rx, text, sizeof text);
    check(n > 0 && (size_t)n == strlen(text));
    check_int(ax_object_describe(rx, text, 20), n);
    check_int(strlen(text), n < 20 ? n : 19);
    teardown();
  }
}

/* --------------------------------------------------------------- closing */

static void what_is_queued_is_received_before_closed(void) {
  setup(AX_UNBOUNDED, AX_FULL_BLOCK);
  for (int i = 0; i < 3; i++) check_int(send(i), AX_OK);
  ax_object *clone = ax_ref(tx);
  check_int(look(rx).senders, 2);
  drop(&tx);
  check_int(look(rx).senders, 1);
  check_int(recv(), 0);
  ax_unref(clone);
  check_int(look(rx).senders, 0);
  check_int(recv(), 1);
  check_int(recv(), 2);
  check_int(recv(), AX_EPIPE);
  check_int(recv(), AX_EPIPE);
  teardown();
}

static void without_a_receiver_nothing_is_sent(void) {
  setup(3, AX_FULL_DROP_OLDEST);
  check_int(give(0), AX_OK);
  check_int(give(1), AX_OK);
  drop(&rx);
  check_int(w.closet.released[0] + w.closet.released[1], 2);
  check_int(give(2), AX_EPIPE);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(AX_NEVER, ARM_GIVE(&w, tx, 3)));
  run();
  check_log(&w, "a!EPIPE a.");
  check_int(w.closet.released[2], 0);
  check_int(w.closet.released[3], 1);
  teardown();
}

static void closing_wakes_every_waiter(void) {
  setup(1, AX_FULL_BLOCK);
  enum { N = 20000 };
  const act receive = RECV(rx);
  for (int i = 0; i < N; i++) actor_new(&w, "r", AX_NORMAL, &receive, 1);
  check_int(ax_step(w.k), N);
  check_int(world_stats(&w).waiters, N);
  drop(&tx);
  check_int(world_stats(&w).waiters, 0);
  w.quiet = true;
  check_int(ax_step(w.k), N);
  for (actor *a = w.actors; a != NULL; a = a->next)
    check_int(a->rc, AX_EPIPE);
  check_int(world_stats(&w).processes, N + 1);
  teardown();
}

static void closing_the_receiver_wakes_senders_and_lets_go(void) {
  setup(1, AX_FULL_BLOCK);
  check_int(give(0), AX_OK);
  for (uint32_t i = 1; i < 4; i++)
    SPAWN(&w, "s", AX_NORMAL, WAIT1(AX_NEVER, ARM_GIVE(&w, tx, i)));
  ax_step(w.k);
  drop(&rx);
  run();
  check_log(&w, "s!EPIPE s. s!EPIPE s. s!EPIPE s.");
  for (uint32_t i = 0; i < 4; i++) check_int(w.closet.released[i], 1);
  teardown();
}

static void closing_with_given_values_loses_none_of_them(void) {
  setup(1, AX_FULL_BLOCK);
  SPAWN(&w, "r", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  check_int(send(1), AX_OK);
  drop(&tx);
  drop(&rx);
  run();
  check_log(&w, "r<1 r.");
  teardown();
}

/* --------------------------------------------------- capacity and policies */

static void a_full_channel_does_what_it_was_told(void) {
  const size_t capacities[] = {1, 3, 100};
  for (size_t c = 0; c < COUNT(capacities); c++)
    for (int full = AX_FULL_BLOCK; full <= AX_FULL_DROP_NEWEST; full++) {
      int64_t n = (int64_t)capacities[c];
      setup(capacities[c], (enum ax_full)full);
      check_int(look(tx).capacity, n);
      check_int(look(rx).full, full);
      for (int64_t i = 0; i < n; i++) check_int(send(i), AX_OK);
      bool drops = full >= AX_FULL_DROP_OLDEST;
      check_int(send(n), drops ? AX_OK : AX_EAGAIN);
      check_int(send(n + 1), drops ? AX_OK : AX_EAGAIN);
      check_queue(capacities[c], drops ? 2 : 0);
      int64_t first = full == AX_FULL_DROP_OLDEST ? 2 : 0;
      for (int64_t i = 0; i < n; i++) check_int(recv(), first + i);
      check_int(recv(), AX_EAGAIN);
      teardown();
    }
}

static void dropped_values_are_let_go(void) {
  setup(2, AX_FULL_DROP_OLDEST);
  for (uint32_t i = 0; i < 5; i++) check_int(give(i), AX_OK);
  for (uint32_t i = 0; i < 5; i++)
    check_int(w.closet.released[i], i < 3 ? 1 : 0);
  teardown();
  setup(2, AX_FULL_DROP_NEWEST);
  for (uint32_t i = 0; i < 5; i++) check_int(give(i), AX_OK);
  for (uint32_t i = 0; i < 5; i++)
    check_int(w.closet.released[i], i < 2 ? 0 : 1);
  teardown();
}

static void a_dropping_channel_makes_nobody_wait(void) {
  for (int full = AX_FULL_BLOCK; full <= AX_FULL_DROP_NEWEST; full++)
    for (size_t capacity = full > AX_FULL_FAIL; capacity < 3; capacity++) {
      bool drops = full > AX_FULL_FAIL;
      setup(capacity, (enum ax_full)full);
      for (size_t i = 0; i < capacity; i++) check_int(send(5), AX_OK);
      SPAWN(&w, "a", AX_NORMAL, WAIT1(10, ARM_SEND(tx, 6)));
      check_int(ax_step(w.k), 1);
      check_int(world_stats(&w).waiters, !drops);
      run();
      check_log(&w, drops ? "a> a." : "a!ETIMEDOUT a.");
      check_queue(capacity, drops);
      teardown();
    }
}

static void rendezvous_needs_both(void) {
  for (int full = AX_FULL_BLOCK; full <= AX_FULL_FAIL; full++) {
    setup(0, (enum ax_full)full);
    check_int(send(1), AX_EAGAIN);
    check_int(recv(), AX_EAGAIN);
    SPAWN(&w, "r", AX_NORMAL, RECV(rx));
    ax_step(w.k);
    check_int(send(2), AX_OK);
    check_int(send(3), AX_EAGAIN);
    run();
    check_log(&w, "r<2 r.");
    SPAWN(&w, "s", AX_NORMAL, SEND(tx, 4));
    ax_step(w.k);
    check_queue(0, 0);
    check_int(recv(), 4);
    run();
    check_log(&w, "s> s.");
    teardown();
  }
}

static void a_rendezvous_cannot_drop(void) {
  setup(1, AX_FULL_BLOCK);
  for (int full = AX_FULL_DROP_OLDEST; full <= AX_FULL_DROP_NEWEST; full++) {
    ax_channel_options o = {0, (enum ax_full)full, "name", NULL};
    ax_object *ends[2] = {NULL, NULL};
    check_int(ax_channel_new(w.k, &o, &ends[0], &ends[1]), AX_EINVAL);
    check(ends[0] == NULL && ends[1] == NULL);
  }
  teardown();
}

static void rendezvous_of_processes(void) {
  setup(0, AX_FULL_BLOCK);
  SPAWN(&w, "s", AX_NORMAL, SEND(tx, 1), SEND(tx, 2), SEND(tx, 3));
  SPAWN(&w, "r", AX_NORMAL, RECV(rx), RECV(rx), RECV(rx));
  run();
  check_log(&w, "r<1 s> s> r<2 r<3 r. s> s.");
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(messages_come_out_as_they_went_in),
      TEST(no_options_are_unbounded_and_unnamed),
      TEST(every_type_of_value_travels),
      TEST(nil_cannot_be_sent),
      TEST(the_wrong_end_is_refused),
      TEST(names_are_copied_and_described),
      TEST(a_description_fits_any_channel),
      TEST(what_is_queued_is_received_before_closed),
      TEST(without_a_receiver_nothing_is_sent),
      TEST(closing_wakes_every_waiter),
      TEST(closing_the_receiver_wakes_senders_and_lets_go),
      TEST(closing_with_given_values_loses_none_of_them),
      TEST(a_full_channel_does_what_it_was_told),
      TEST(dropped_values_are_let_go),
      TEST(a_dropping_channel_makes_nobody_wait),
      TEST(rendezvous_needs_both),
      TEST(a_rendezvous_cannot_drop),
      TEST(rendezvous_of_processes),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
