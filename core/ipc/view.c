/* view - channels as a bystander sees them: names, counts, events */
#include <stdio.h>

#include "ipc/channel.h"
#include "kernel/trace.h"

int ax__channel_describe(const ax_object *end, char *buffer, size_t size) {
  const ax_channel *ch = ax__channel_of(end);
  char name[64], load[48];
  if (ch->name != NULL)
    snprintf(name, sizeof name, "\"%.60s\"", ch->name);
  else
    snprintf(name, sizeof name, "#%u", (unsigned)ch->serial);
  if (ch->capacity == AX_UNBOUNDED)
    snprintf(load, sizeof load, "%zu", ch->queue.count);
  else
    snprintf(load, sizeof load, "%zu/%zu", ch->queue.count, ch->capacity);
  return snprintf(buffer, size, "%s (%s)", name, load);
}

const char *ax__channel_label(const ax_object *end, uint32_t *number) {
  const ax_channel *ch = ax__channel_of(end);
  *number = ch->serial;
  return ch->name;
}

ax_object *ax__channel_peer(ax_object *end) {
  ax_channel *ch = (ax_channel *)ax__channel_of(end);
  return end == &ch->sender ? &ch->receiver : &ch->sender;
}

void ax__channel_sent(const ax_channel *ch, const ax_proc *p, uint16_t flow) {
  ax__trace_send(p, &ch->receiver, flow, ch->queue.count);
}

void ax__channel_received(const ax_channel *ch, uint16_t flow) {
  const ax_proc *p = ch->receiver.kernel->running;
  ax__trace_recv(p, &ch->receiver, flow, ch->queue.count);
}

ax_schema *ax_channel_schema(const ax_object *end) {
  return ax__channel_of(end)->schema;
}

void ax_channel_stat_get(const ax_object *end, ax_channel_stat *out) {
  const ax_channel *ch = ax__channel_of(end);
  out->name = ch->name == NULL ? "" : ch->name;
  out->queued = ch->queue.count;
  out->capacity = ch->capacity;
  out->full = (enum ax_full)ch->full;
  out->senders = ch->sender.refs;
  out->receivers = ch->receiver.refs;
  out->dropped = ch->dropped;
  out->schema = ch->schema;
}
