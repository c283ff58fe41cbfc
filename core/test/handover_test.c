/* handover_test - who is served, and what the dead and the stopped leave */
#include "pair.h"

/* ------------------------------------------------------ order and service */

static void waiters_are_served_in_the_order_of_waiting(void) {
  setup(1, AX_FULL_BLOCK);
  SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  SPAWN(&w, "b", AX_CRITICAL, YIELD, RECV(rx));
  SPAWN(&w, "c", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  ax_step(w.k);
  for (int i = 1; i <= 3; i++) check_int(send(i), AX_OK);
  run();
  check_log(&w, "b<3 b. a<1 a. c<2 c.");
  teardown();
}

static void blocked_senders_come_after_what_is_queued(void) {
  setup(2, AX_FULL_BLOCK);
  for (int i = 0; i < 2; i++) check_int(send(i), AX_OK);
  SPAWN(&w, "a", AX_NORMAL, SEND(tx, 2), SEND(tx, 5));
  SPAWN(&w, "b", AX_NORMAL, SEND(tx, 3));
  SPAWN(&w, "c", AX_NORMAL, SEND(tx, 4));
  ax_step(w.k);
  check_int(send(9), AX_EAGAIN);
  check_int(recv(), 0);
  check_int(send(9), AX_EAGAIN); /* nobody overtakes those who wait */
  check_queue(2, 0);
  for (int i = 1; i < 6; i++) {
    ax_step(w.k);
    check_int(recv(), i);
  }
  run();
  check_log(&w, "a> b> b. c> c. a> a.");
  teardown();
}

static void a_sender_that_gives_up_sends_nothing(void) {
  setup(1, AX_FULL_BLOCK);
  check_int(send(0), AX_OK);
  SPAWN(&w, "a", AX_NORMAL, WAIT1(10, ARM_GIVE(&w, tx, 1)));
  actor *b = SPAWN(&w, "b", AX_NORMAL, WAIT1(99, ARM_GIVE(&w, tx, 2)));
  SPAWN(&w, "c", AX_NORMAL, WAIT1(99, ARM_SEND(tx, 3)));
  ax_step(w.k);
  check_int(ax_kill(w.k, b->pid, AX_SIGKILL), AX_OK);
  w.now = 10;
  ax_step(w.k);
  check_int(recv(), 0);
  run();
  check_int(recv(), 3);
  check_int(recv(), AX_EAGAIN);
  check(strstr(w.log, "a!ETIMEDOUT") && strstr(w.log, "c>"));
  check(w.closet.released[1] == 1 && w.closet.released[2] == 1);
  teardown();
}

/* ------------------------------------------ values given to those who die */

/* Three receivers are given 1, 2, 3 while 4 is queued; the ones in the mask
** are killed, in rising or falling order.  The others, and who comes after
** them, see 1, 2, 3, 4. */
static void given_and_killed(unsigned mask, bool falling) {
  setup(AX_UNBOUNDED, AX_FULL_BLOCK);
  actor *r[3];
  for (int i = 0; i < 3; i++) r[i] = SPAWN(&w, "r", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  for (int i = 1; i <= 4; i++) check_int(send(i), AX_OK);
  check_queue(1, 0);
  for (int i = 0; i < 3; i++) {
    int j = falling ? 2 - i : i;
    if (mask & (1u << j)) check_int(ax_kill(w.k, r[j]->pid, AX_SIGKILL), 0);
  }
  w.length = 0;
  run();
  int seen = 0;
  for (const char *at = w.log; (at = strstr(at, "r<")) != NULL; at += 2)
    check_int(at[2], '1' + seen++);
  check_int(seen, 3 - (mask & 1) - (mask >> 1 & 1) - (mask >> 2));
  while (seen < 4) check_int(recv(), ++seen);
  check_int(recv(), AX_EAGAIN);
  teardown();
}

static void what_the_dead_were_given_comes_back_in_order(void) {
  for (unsigned mask = 0; mask < 8; mask++) {
    given_and_killed(mask, false);
    given_and_killed(mask, true);
  }
}

static void what_the_dead_were_given_goes_to_the_next(void) {
  const size_t capacities[] = {0, 1, AX_UNBOUNDED};
  for (size_t i = 0; i < COUNT(capacities); i++) {
    setup(capacities[i], AX_FULL_BLOCK);
    actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
    actor *b = SPAWN(&w, "b", AX_NORMAL, RECV(rx));
    SPAWN(&w, "c", AX_NORMAL, RECV(rx));
    ax_step(w.k);
    check_int(send(1), AX_OK);
    check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
    check_int(ax_kill(w.k, b->pid, AX_SIGKILL), AX_OK);
    drop(&tx); /* too late to make it closed: there is a message */
    run();
    check(strstr(w.log, "c<1") != NULL);
    teardown();
  }
}

static void what_comes_back_to_a_full_channel_is_kept(void) {
  for (int full = AX_FULL_BLOCK; full <= AX_FULL_FAIL; full++) {
    setup(1, (enum ax_full)full);
    actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
    ax_step(w.k);
    check_int(send(1), AX_OK);
    check_int(send(2), AX_OK);
    check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
    run();
    check_int(send(3), AX_EAGAIN);
    check_int(recv(), 1);
    check_int(send(3), AX_EAGAIN);
    check_int(recv(), 2);
    check_int(send(3), AX_OK);
    check_int(recv(), 3);
    check_int(recv(), AX_EAGAIN);
    teardown();
  }
}

static void the_last_receiver_dies_with_a_value(void) {
  setup(1, AX_FULL_BLOCK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  actor_hold(a, rx);
  rx = NULL;
  SPAWN(&w, "b", AX_NORMAL, SLEEP(9), SEND(tx, 1), SEND(tx, 2));
  ax_step(w.k);
  check_int(give(0), AX_OK);
  check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
  run();
  check_log(&w, "a~ a. b!ETIMEDOUT b!EPIPE b!EPIPE b.");
  check_int(w.closet.released[0], 1);
  teardown();
}

/* ---------------------------------------------------------- STOP and CONT */

static void a_stopped_sender_is_passed_over(void) {
  setup(1, AX_FULL_BLOCK);
  check_int(send(0), AX_OK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, SEND(tx, 1));
  SPAWN(&w, "b", AX_NORMAL, SEND(tx, 2));
  ax_step(w.k);
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  check_int(recv(), 0);
  check_int(recv(), 2);
  check_int(recv(), AX_EAGAIN);
  check_int(send(3), AX_OK); /* there is room, and nobody who can use it */
  check_int(recv(), 3);
  check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
  run();
  check_log(&w, "b> b. a> a.");
  check_int(recv(), 1);
  teardown();
}

static void two_stopped_ones_meet_again(void) {
  for (int first = 0; first < 2; first++) {
    setup(0, AX_FULL_BLOCK);
    actor *both[2] = {SPAWN(&w, "s", AX_NORMAL, SEND(tx, 1)),
                      SPAWN(&w, "r", AX_NORMAL, LOG, RECV(rx))};
    ax_kill(w.k, both[1]->pid, AX_SIGSTOP);
    ax_step(w.k);
    ax_kill(w.k, both[0]->pid, AX_SIGSTOP);
    ax_kill(w.k, both[1]->pid, AX_SIGCONT);
    ax_step(w.k);
    ax_kill(w.k, both[1]->pid, AX_SIGSTOP);
    check_int(world_stats(&w).waiters, 2);
    ax_kill(w.k, both[first]->pid, AX_SIGCONT);
    check_int(ax_step(w.k), 0);
    ax_kill(w.k, both[1 - first]->pid, AX_SIGCONT);
    run();
    check(strstr(w.log, "r<1") != NULL && strstr(w.log, "s>") != NULL);
    teardown();
  }
}

/* Its own offer is no partner, even when it is tried again. */
static void one_that_goes_on_does_not_meet_itself(void) {
  setup(0, AX_FULL_BLOCK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, WAIT2(50, ARM_SEND(tx, 5), ARM(rx)));
  ax_step(w.k);
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
  check_int(ax_proc_state(a->p), AX_WAITING);
  check_int(world_stats(&w).waiters, 2);
  run();
  check_log(&w, "a!ETIMEDOUT a.");
  teardown();
}

/* It was given the message when it went on, and dies before it sees it. */
static void what_came_during_a_stop_comes_back(void) {
  const size_t capacities[] = {0, 1, AX_UNBOUNDED};
  for (size_t i = 0; i < COUNT(capacities); i++) {
    setup(capacities[i], AX_FULL_BLOCK);
    actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
    ax_step(w.k);
    check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
    SPAWN(&w, "b", AX_NORMAL, SEND(tx, 1));
    ax_step(w.k);
    check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
    check_int(ax_proc_state(a->p), AX_READY);
    check_int(ax_kill(w.k, a->pid, AX_SIGKILL), AX_OK);
    run();
    check_int(recv(), 1);
    teardown();
  }
}

static void a_close_reaches_the_stopped(void) {
  setup(1, AX_FULL_BLOCK);
  actor *a = SPAWN(&w, "a", AX_NORMAL, RECV(rx));
  ax_step(w.k);
  check_int(ax_kill(w.k, a->pid, AX_SIGSTOP), AX_OK);
  check_int(send(1), AX_OK);
  drop(&tx);
  check_int(ax_kill(w.k, a->pid, AX_SIGCONT), AX_OK);
  run();
  check_log(&w, "a<1 a."); /* drained before it is closed */
  teardown();
}

int main(int argc, char **argv) {
  static const test tests[] = {
      TEST(waiters_are_served_in_the_order_of_waiting),
      TEST(blocked_senders_come_after_what_is_queued),
      TEST(a_sender_that_gives_up_sends_nothing),
      TEST(what_the_dead_were_given_comes_back_in_order),
      TEST(what_the_dead_were_given_goes_to_the_next),
      TEST(what_comes_back_to_a_full_channel_is_kept),
      TEST(the_last_receiver_dies_with_a_value),
      TEST(a_stopped_sender_is_passed_over),
      TEST(two_stopped_ones_meet_again),
      TEST(one_that_goes_on_does_not_meet_itself),
      TEST(what_came_during_a_stop_comes_back),
      TEST(a_close_reaches_the_stopped),
  };
  return test_main(argc, argv, tests, COUNT(tests));
}
