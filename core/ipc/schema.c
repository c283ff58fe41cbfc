/* schema - the compiled form of a schema */
#include "ipc/schema.h"

#include "base/assert.h"
#include "ipc/pack.h"
#include "kernel/kernel.h"

static ax_schema *schema_of(const ax_object *o) {
  return ax_container(o, ax_schema, object);
}

static void schema_free(ax_object *o) {
  ax_schema *s = schema_of(o);
  ax_kernel *k = o->kernel;
  ax_value_clear(&s->anchor);
  ax__free(ax__kernel_mem(k), s, s->size);
  ax_object_fini(k);
}

static int schema_describe(const ax_object *o, char *buffer, size_t size) {
  return (int)ax_schema_describe(schema_of(o), buffer, size);
}

static const ax_object_ops schema_ops = {
    .kind = "schema", .free = schema_free, .describe = schema_describe};

void ax__schema_init(ax_kernel *k, ax_schema *s) {
  ax_object_init(k, &s->object, &schema_ops);
}

ax_schema *ax_schema_ref(ax_schema *s) {
  return schema_of(ax_ref(&s->object));
}

void ax_schema_unref(ax_schema *s) { ax_unref(&s->object); }

uint32_t ax_schema_types(const ax_schema *s) {
  return s->nodes[0].types | (s->optional ? AX__BIT(AX_NIL) : 0);
}

uint32_t ax_schema_plain(const ax_schema *s) {
  return s->nodes[0].plain | (s->optional ? AX__BIT(AX_NIL) : 0);
}

bool ax_schema_is_open(const ax_schema *s) { return s->open; }

/* ---------------------------------------------------------------- names */

const char *ax_schema_name(const ax_schema *s, uint32_t i, size_t *length) {
  if (i >= s->nfields) return NULL;
  *length = s->links[i].length;
  return s->links[i].text;
}

void ax_schema_intern(ax_schema *s, uint32_t i, const void *name) {
  ax_assert(i < s->nfields);
  s->fields[i].name = name;
}

ax_value *ax_schema_anchor(ax_schema *s) { return &s->anchor; }

/* --------------------------------------------------------- values from C */

/* A sink that only looks whether some number has to become an integer. */
typedef struct spy {
  ax_sink sink;
  bool changed;
  int64_t integer; /* the last one */
} spy;

static int spy_scalar(ax_sink *to, ax_source *from) {
  (void)to;
  (void)from;
  return AX_OK;
}

static int spy_integer(ax_sink *to, ax_source *from, int64_t i) {
  spy *s = ax_container(to, spy, sink);
  (void)from;
  s->changed = true;
  s->integer = i;
  return AX_OK;
}

static int spy_open(ax_sink *to, ax_source *from, bool list, size_t nelements,
                    size_t nentries) {
  (void)list;
  (void)nelements;
  (void)nentries;
  return spy_scalar(to, from);
}

static ax_mark spy_mark(ax_sink *to) {
  ax_mark m = {.count = ax_container(to, spy, sink)->changed};
  return m;
}

static void spy_rewind(ax_sink *to, ax_mark m) {
  ax_container(to, spy, sink)->changed = m.count != 0;
}

static const ax_sink_ops spy_ops = {
    spy_scalar, spy_integer, spy_open, spy_scalar, spy_mark, spy_rewind,
};

/* Walks into the sink; the fault goes to both who want it. */
static int walk(const ax_schema *s, const ax_value *v, ax_sink *to,
                ax_fault *fault) {
  ax_fault *own = &schema_of(&s->object)->fault;
  int rc = ax_walk_value(s, v, to, own);
  if (rc == AX_EPROTO && fault != NULL) *fault = *own;
  return rc;
}

static bool schema_is_plain(const ax_schema *s, const ax_value *v) {
  return v->type == AX_FOREIGN || ax_schema_plain(s) >> v->type & 1;
}

int ax_schema_check_value(const ax_schema *s, const ax_value *v,
                          ax_fault *fault) {
  return schema_is_plain(s, v) ? AX_OK : walk(s, v, NULL, fault);
}

/* The value once more, with its integers. */
static int repack(const ax_schema *s, ax_value *v, ax_fault *fault) {
  ax_value changed;
  ax_pack p;
  ax__pack_init(&p, s->object.kernel);
  int rc = walk(s, v, &p.sink, fault);
  if (rc == AX_OK) rc = ax__pack_result(&p, &changed);
  ax__pack_fini(&p);
  if (rc != AX_OK) return rc;
  ax_value_clear(v);
  *v = changed;
  return AX_OK;
}

int ax_schema_admit(const ax_schema *s, ax_value *v, ax_fault *fault) {
  spy look = {.sink = {.ops = &spy_ops}};
  if (schema_is_plain(s, v)) return AX_OK;
  int rc = walk(s, v, &look.sink, fault);
  if (rc != AX_OK || !look.changed) return rc;
  if (v->type == AX_TABLE) return repack(s, v, fault);
  *v = ax_integer(look.integer);
  return AX_OK;
}

const char *ax_schema_fault(const ax_schema *s) { return s->fault.text; }
