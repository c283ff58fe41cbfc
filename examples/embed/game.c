/* game - a loop of frames in which scripts are the players
**
** Each script is a process with globals of its own.  It gets typed events
** from a channel and draws into a frame buffer that all share.  One crashes
** now and then and is started again; one runs away and is stopped.  Time is
** simulated, so the game is always the same. */
#include <axeberg-lua.h>
#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 40, HEIGHT = 5, FRAMES = 60, NPLAYERS = 3 };

typedef struct player {
  const char *name;
  const char *text;
  ax_proc *proc;     /* NULL: it is not started again */
  ax_object *events; /* the sender of its channel */
} player;

typedef struct game {
  lua_State *L;
  ax_kernel *k;
  ax_schema *event;   /* { frame = integer, key = string } */
  ax_object *segment; /* the frame buffer */
  ax_object *screen;  /* attached here, to be shown */
  uint64_t now;
  int frame;
  player players[NPLAYERS];
} game;

static const char BALL[] =
    "local events, buffer = ...\n"
    "local screen = buffer:attach('rw', { direct = true })\n"
    "for event in events do\n"
    "  local x = event.frame % 40\n"
    "  screen:write(x, 'o')\n"
    "end\n";

static const char CLUMSY[] =
    "local events, buffer = ...\n"
    "local screen = buffer:attach('rw', { direct = true })\n"
    "local steps = 0\n"
    "for event in events do\n"
    "  steps = steps + 1\n"
    "  screen:write(2 * 40 + steps, event.key)\n"
    "  if steps == 25 then error('stumbled') end\n"
    "end\n";

static const char GREEDY[] =
    "local events, buffer = ...\n"
    "local screen = buffer:attach('rw', { direct = true })\n"
    "for event in events do\n"
    "  screen:write(4 * 40 + event.frame, '*')\n"
    "  while event.frame == 10 do end\n"
    "end\n";

static void must(int rc, const char *what) {
  if (rc == AX_OK) return;
  fprintf(stderr, "%s: %s\n", what, ax_error_text(rc));
  exit(1);
}

/* ---------------------------------------------------------------- making */

static void make_event(game *g) {
  ax_shape *b;
  ax_fault fault;
  must(ax_shape_new(g->k, &b), "shape");
  ax_node record = ax_shape_record(b, false);
  ax_shape_field(b, record, "frame", 5, ax_shape_type(b, AX_INTEGER));
  ax_shape_field(b, record, "key", 3, ax_shape_string(b, 1, 1, NULL, 0));
  must(ax_shape_compile(b, record, &g->event, &fault), "schema");
}

static void open_game(game *g) {
  axL_setup setup = {.clock = ax_clock_virtual(&g->now)};
  g->L = luaL_newstate();
  if (g->L == NULL) exit(1);
  luaL_openlibs(g->L);
  must(axL_open(g->L, &setup), "open");
  g->k = axL_tokernel(g->L);
  make_event(g);
  must(ax_shm_get(g->k, AX_IPC_PRIVATE, WIDTH * HEIGHT, AX_IPC_CREAT | 0600,
                  &g->segment),
       "segment");
  must(ax_shm_attach(g->segment, AX_SHM_DIRECT, &g->screen), "attach");
}

/* Starts the player's script, with its events and the frame buffer. */
static void start(game *g, player *p) {
  axL_script s = {.name = p->name,
                  .text = p->text,
                  .priority = AX_NORMAL,
                  .quantum = 1000,
                  .kill = 100000};
  ax_channel_options o = {8, AX_FULL_DROP_OLDEST, p->name, g->event};
  ax_object *rx;
  must(ax_channel_new(g->k, &o, &p->events, &rx), "channel");
  must(axL_pushobject(g->L, rx), "events");
  must(axL_pushobject(g->L, ax_ref(g->segment)), "buffer");
  if (axL_load(g->L, &s, 2, &p->proc) == AX_OK) return;
  fprintf(stderr, "%s\n", lua_tostring(g->L, -1));
  exit(1);
}

/* ---------------------------------------------------------------- a frame */

/* { frame = ..., key = ... } */
static void send_event(game *g, player *p) {
  ax_pack *pack;
  ax_value v;
  char key = (char)('a' + g->frame % 26);
  must(ax_pack_new(g->k, &pack), "pack");
  ax_pack_map(pack);
  ax_pack_name(pack, "frame");
  ax_pack_integer(pack, g->frame);
  ax_pack_name(pack, "key");
  ax_pack_string(pack, &key, 1);
  ax_pack_close(pack);
  must(ax_pack_end(pack, &v), "pack");
  if (ax_channel_send(p->events, &v) != AX_OK) ax_value_clear(&v);
}

/* Who has ended is told of; who crashed is started again. */
static void look_after(game *g, player *p) {
  if (p->proc == NULL || ax_proc_state(p->proc) != AX_ZOMBIE) return;
  if (axL_pusherror(g->L, p->proc) == AX_OK) {
    const char *error = lua_tostring(g->L, -1);
    bool killed = strncmp(error, "killed", 6) == 0;
    printf("frame %d: %s: %.*s\n", g->frame, p->name,
           (int)strcspn(error, "\n"), error);
    lua_pop(g->L, 1);
    ax_proc_reap(p->proc);
    ax_unref(p->events);
    p->proc = NULL;
    if (!killed) start(g, p);
  }
}

static void show(const game *g) {
  char line[WIDTH + 1] = "";
  for (size_t y = 0; y < HEIGHT; y++) {
    must(ax_region_read(g->screen, y * WIDTH, line, WIDTH), "read");
    for (size_t x = 0; x < WIDTH; x++)
      if (line[x] == '\0') line[x] = '.';
    printf("%s\n", line);
  }
}

static void run_frame(game *g) {
  for (int i = 0; i < NPLAYERS; i++)
    if (g->players[i].proc != NULL) send_event(g, &g->players[i]);
  for (int passes = 0; passes < 20; passes++) ax_step(g->k);
  for (int i = 0; i < NPLAYERS; i++) look_after(g, &g->players[i]);
  g->now += AX_SECOND / 60;
}

int main(void) {
  static game g = {.players = {{"ball", BALL, NULL, NULL},
                               {"clumsy", CLUMSY, NULL, NULL},
                               {"greedy", GREEDY, NULL, NULL}}};
  open_game(&g);
  for (int i = 0; i < NPLAYERS; i++) start(&g, &g.players[i]);
  for (g.frame = 1; g.frame <= FRAMES; g.frame++) {
    run_frame(&g);
    if (g.frame % 30 == 0) show(&g);
  }
  for (int i = 0; i < NPLAYERS; i++)
    if (g.players[i].proc != NULL) ax_unref(g.players[i].events);
  ax_unref(g.screen);
  ax_unref(g.segment);
  ax_schema_unref(g.event);
  lua_close(g.L);
  return 0;
}
