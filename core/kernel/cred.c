/* cred - whom a process acts for: user, group, further groups */
#include "kernel/cred.h"

#include <string.h>

#include "kernel/kernel.h"

enum { NGROUPS_MOST = 65536 };

/* ---------------------------------------------------------------- blocks */

static size_t cred_size(uint32_t ngroups) {
  return sizeof(ax_cred) + ngroups * sizeof(uint32_t);
}

ax_cred *ax__cred_ref(ax_cred *c) {
  if (c != NULL) c->refs++;
  return c;
}

void ax__cred_unref(ax_mem *m, ax_cred *c) {
  if (c != NULL && --c->refs == 0) ax__free(m, c, cred_size(c->ngroups));
}

/* The process becomes somebody else. */
static int become(ax_proc *p, uint32_t uid, uint32_t gid,
                  const uint32_t *groups, uint32_t ngroups) {
  ax_mem *m = &p->end.kernel->mem;
  ax_cred *c = ax__alloc(m, cred_size(ngroups));
  if (c == NULL) return AX_ENOMEM;
  c->refs = 1;
  c->uid = uid;
  c->gid = gid;
  c->ngroups = ngroups;
  if (ngroups > 0) memcpy(c->groups, groups, ngroups * sizeof *groups);
  ax__cred_unref(m, p->cred);
  p->cred = c;
  return AX_OK;
}

/* --------------------------------------------------------------- getters */

uint32_t ax_proc_uid(const ax_proc *p) {
  return p->cred == NULL ? 0 : p->cred->uid;
}

uint32_t ax_proc_gid(const ax_proc *p) {
  return p->cred == NULL ? 0 : p->cred->gid;
}

const uint32_t *ax_proc_groups(const ax_proc *p, size_t *n) {
  *n = p->cred == NULL ? 0 : p->cred->ngroups;
  return p->cred == NULL ? NULL : p->cred->groups;
}

/* --------------------------------------------------------------- changes */

/* Only user 0 may become somebody else. */
static int cred_allowed(const ax_proc *p, uint32_t now, uint32_t wanted) {
  if (wanted == UINT32_MAX) return AX_EINVAL;
  return ax_proc_uid(p) == 0 || now == wanted ? AX_OK : AX_EPERM;
}

int ax_proc_setuid(ax_proc *p, uint32_t uid) {
  size_t n;
  const uint32_t *groups = ax_proc_groups(p, &n);
  int rc = cred_allowed(p, ax_proc_uid(p), uid);
  if (rc != AX_OK || uid == ax_proc_uid(p)) return rc;
  return become(p, uid, ax_proc_gid(p), groups, (uint32_t)n);
}

int ax_proc_setgid(ax_proc *p, uint32_t gid) {
  size_t n;
  const uint32_t *groups = ax_proc_groups(p, &n);
  int rc = cred_allowed(p, ax_proc_gid(p), gid);
  if (rc != AX_OK || gid == ax_proc_gid(p)) return rc;
  return become(p, ax_proc_uid(p), gid, groups, (uint32_t)n);
}

int ax_proc_setgroups(ax_proc *p, const uint32_t *groups, size_t n) {
  if (ax_proc_uid(p) != 0) return AX_EPERM;
  if (n > NGROUPS_MOST) return AX_EINVAL;
  return become(p, 0, ax_proc_gid(p), groups, (uint32_t)n);
}

/* ---------------------------------------------------------- permissions */

bool ax__in_group(const ax_proc *p, uint32_t gid) {
  if (ax_proc_gid(p) == gid) return true;
  size_t n;
  const uint32_t *groups = ax_proc_groups(p, &n);
  for (size_t i = 0; i < n; i++)
    if (groups[i] == gid) return true;
  return false;
}

bool ax__permits(const ax_proc *p, uint32_t mode, uint32_t uid, uint32_t gid,
                 uint32_t want) {
  ax_perm perm = {.uid = uid, .gid = gid, .cuid = uid, .cgid = gid};
  perm.mode = mode;
  return ax__perm_permits(p, &perm, want);
}

bool ax__perm_permits(const ax_proc *p, const ax_perm *perm, uint32_t want) {
  uint32_t uid = ax_proc_uid(p), mode = perm->mode;
  if (uid == 0) return true;
  if (uid == perm->uid || uid == perm->cuid)
    mode >>= 6;
  else if (ax__in_group(p, perm->gid) || ax__in_group(p, perm->cgid))
    mode >>= 3;
  return (want & ~mode & 7) == 0;
}

bool ax__perm_owned(const ax_proc *p, const ax_perm *perm) {
  uint32_t uid = ax_proc_uid(p);
  return uid == 0 || uid == perm->uid || uid == perm->cuid;
}
