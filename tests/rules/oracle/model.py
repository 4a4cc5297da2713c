"""The county's own executable model of the design: an oracle that shares no code with the product.
Executable model of DESIGN.md §3-§8. Pure, no I/O. Two readings: Rules.design() = the page, literally; Rules.fixed() = with our corrections.
A Machine is one running store (a clone is a second Machine with the same place and key)."""

# Kept as it was written, apart from the style of everything else.
# ruff: noqa
# fmt: off
# mypy: ignore-errors
from __future__ import annotations
import hashlib
from dataclasses import dataclass, field, replace
from itertools import count

PARENT = {'C': None, 'T1': 'C', 'T2': 'C', 'V11': 'T1', 'V12': 'T1', 'V21': 'T2'}
LEVEL = {'C': 2, 'T1': 1, 'T2': 1, 'V11': 0, 'V12': 0, 'V21': 0}
LIMIT = 5          # working time a custodian has
CHILDREN = {p: [c for c in PARENT if PARENT[c] == p] for p in PARENT}
def path(p):
    out = []
    while p: out.append(p); p = PARENT[p]
    return out
HOMES = [p for p in PARENT if p != 'C']
def sees(place, scope): return place in path(scope)      # path scope
def h(*a): return hashlib.sha256(repr(a).encode()).hexdigest()[:16]

@dataclass(frozen=True)
class Rules:
    epoch: str = 'counter'        # counter | random
    fork: str = 'quarantine'      # quarantine (+re-journal) | tips (both branches held and folded, no re-journal)
    fid: str = 'entry'            # entry | content
    fold: str = 'design'          # design | tree
    kt: str = 'design'            # design | fixed
    parked_folds: bool = False
    epoch_proof: bool = False     # a new epoch needs entries signed by my own key that I lack, in my CURRENT epoch
    any_neighbour: bool = False   # rewinds are detected against any neighbour, not only the parent
    scope_check: bool = False     # author must be on the path of the scope
    announce_restore: bool = False  # the restore tool / marker file opens an epoch at once
    @staticmethod
    def design(**k): return replace(Rules(), **k)
    @staticmethod
    def fixed(**k):
        return replace(Rules('random', 'tips', 'content', 'tree', 'fixed', True, True, True, True, True), **k)

@dataclass(frozen=True)
class Fact:
    kind: str; by: str; home: str; rid: int; at: int
    case: str = ''; based: str = ''; rev: int = 0; fence: int = 0; to: str = ''; info: tuple = ()
    @property
    def id(self):
        return h(self.kind, self.by, self.home, self.rid, self.at, self.case, self.based, self.rev, self.fence, self.to, self.info)

@dataclass(frozen=True)
class Entry:
    stream: tuple; seq: int; prev: str; fact: Fact; hash: str; sig: str = ''
def mk(stream, seq, prev, fact): return Entry(stream, seq, prev, fact, h(prev, stream, seq, fact.id))
SECRETS = {}
def sign(key, hash_): return h('sig', SECRETS[key], hash_)
def newkey(place): SECRETS[place] = h('secret', place); return place
for _p in PARENT: newkey(_p)

@dataclass(frozen=True)
class Ckpt:
    by: str; epoch: object; scope: str; t: int; heads: tuple; trusted: bool = True   # heads: ((stream, ((seq, hash),...)),...)

class Machine:
    ids = count()
    def __init__(s, place, world, rules):
        s.place, s.w, s.r = place, world, rules
        s.name = f'{place}#{next(Machine.ids)}'
        s.seg = {}        # last hash -> tuple(entries): held, contiguous
        s.ent = {}        # hash -> entry
        s.kids = {}       # prev hash/'' + stream -> [hash]
        s.main = {}       # stream -> [hash by seq]   (design: the one chain)
        s.parked = {}     # last hash -> segment verified but not contiguous
        s.quar = {}       # last hash -> segment
        s.ck = {}         # (by, scope) -> [(Ckpt, received at)]
        s.known = {}      # neighbour place -> {stream: tips} as last stated by it
        s.offset = 0; s.alive = True; s.up = True
        s.epoch = None; s.open_epoch('first', 1 if rules.epoch == 'counter' else s.w.rnd())
    # --- copying for backups and clones
    def snapshot(s):
        return {k: (dict(v) if isinstance(v, dict) else v) for k, v in dict(
            seg=s.seg, ent=s.ent, kids={k: list(v) for k, v in s.kids.items()}, main={k: list(v) for k, v in s.main.items()},
            parked=s.parked, quar=s.quar, ck={k: list(v) for k, v in s.ck.items()}, known={k: dict(v) for k, v in s.known.items()}).items()} | {'epoch': s.epoch}
    def load(s, snap):
        snap = {k: ({a: (list(b) if isinstance(b, list) else b) for a, b in v.items()} if isinstance(v, dict) else v) for k, v in snap.items()}
        for k, v in snap.items(): setattr(s, k, v)
    def now(s): return s.w.now + s.offset
    # --- streams
    def tips(s, stream):
        if s.r.fork == 'quarantine':
            m = s.main.get(stream); return ((len(m), m[-1]),) if m else ()
        return tuple(sorted((e.seq, e.hash) for e in s.ent.values() if e.stream == stream and not s.kids.get(e.hash)))
    def streams(s): return {e.stream for e in s.ent.values()}
    def scopes(s): return [x for x in HOMES if sees(s.place, x)]
    def open_epoch(s, why, epoch=None):
        old = s.epoch
        if epoch is None:
            known = [st[1] for st in s.streams() if st[0] == s.place] + [old] + [st[1] for d in s.known.values() for st in d if st[0] == s.place]
            epoch = (max(known) + 1) if s.r.epoch == 'counter' else s.w.rnd()
        s.epoch = epoch; s.w.epochs[s.place] = s.w.epochs.get(s.place, 0) + 1
        if s.r.kt == 'fixed':
            for sc in s.scopes():
                closes = tuple((st, s.tips(st)) for st in sorted(s.streams(), key=repr) if st[0] == s.place and st[2] == sc and st[1] == old)
                s.append(sc, [Fact('genesis', s.place, sc, s.w.rnd(), s.now(), info=(why, old, closes))])
    def append(s, scope, facts):
        st = (s.place, s.epoch, scope); tp = s.tips(st)
        seq, prev = tp[-1] if tp else (0, '')
        es = []
        for f in facts:
            seq += 1; e = mk(st, seq, prev, f); prev = e.hash; es.append(e)
        es[-1] = replace(es[-1], sig=sign(s.place, es[-1].hash))
        s.hold(tuple(es)); s.w.created.update(e.hash for e in es)
        return facts[-1]
    def hold(s, seg):
        s.seg[seg[-1].hash] = seg
        s.got = getattr(s, 'got', {})
        for e in seg:
            s.got.setdefault(e.hash, s.w.now)
            s.ent[e.hash] = e; s.kids.setdefault(e.prev, []).append(e.hash) if e.prev else None
            s.main.setdefault(e.stream, []).append(e.hash)
    # --- receive
    def verify(s, seg):
        st = seg[0].stream
        if s.r.scope_check and st[0] not in path(st[2]): return 'foreign scope'
        p = seg[0].prev
        for i, e in enumerate(seg):
            if e.stream != st or e.prev != p or e.seq != seg[0].seq + i: return 'broken chain'
            if e.hash != h(e.prev, st, e.seq, e.fact.id): return 'bad hash'
            if s.r.scope_check and (e.fact.home != st[2] or e.fact.by != st[0]): return 'fact not of this stream'
            p = e.hash
        if seg[-1].sig != sign(st[0], seg[-1].hash): return 'bad signature'
        return None
    def receive(s, parcel, frm=None):
        out = []; s.need_epoch = None
        if frm is not None: s.rewind_check(frm, parcel)
        for seg in parcel['segs']: out.append(s.take(seg, frm))
        if s.need_epoch: s.open_epoch(s.need_epoch)
        for c in parcel['cks']:
            if sees(s.place, c.scope):
                l = s.ck.setdefault((c.by, c.scope), [])
                if c not in [x for x, _ in l]: l.append((c, s.now()))
        if frm is not None:
            s.known[frm] = dict(parcel['heads'])        # latest arrival, even if lower
        return out
    def take(s, seg, frm):
        if seg[-1].hash in s.seg: return 'had'
        bad = s.verify(seg)
        if bad: return bad
        st, first = seg[0].stream, seg[0]
        if not sees(s.place, st[2]): return 'not mine to see'
        own_lost = st[0] == s.place and frm is not None and (s.r.any_neighbour or PARENT[s.place] == frm)
        if s.r.fork == 'quarantine':
            m = s.main.get(st, [])
            if first.seq <= len(m):
                if own_lost: s.own_fork(st, seg); return 'own fork'
                s.quar[seg[-1].hash] = seg; return 'fork'
            if first.seq > len(m) + 1 or (m and first.prev != m[-1]) or (not m and first.prev):
                if first.seq == len(m) + 1 and m:
                    if own_lost: s.own_fork(st, seg); return 'own fork'
                    s.quar[seg[-1].hash] = seg; return 'fork'
                s.parked[seg[-1].hash] = seg; return 'gap'
        else:
            if first.prev and first.prev not in s.ent: s.parked[seg[-1].hash] = seg; return 'gap'
        s.hold(seg)
        if s.r.fork == 'tips' and own_lost and st[1] == s.epoch: s.need_epoch = 'proof: own entries I lack'
        for k, p in list(s.parked.items()):
            if k in s.parked and (p[0].prev in s.ent): del s.parked[k]; s.take(p, frm)
        return 'new'
    # design: §8 first bullet, from the parent's stated heads
    def rewind_check(s, frm, parcel):
        if s.r.epoch_proof: return                       # fixed: proof happens in take()
        if not s.r.any_neighbour and PARENT[s.place] != frm: return
        for st, tips in parcel['heads']:
            if st[0] != s.place: continue
            seq, hh = tips[-1]; m = s.main.get(st, [])
            if seq > len(m) or (seq and m[seq - 1] != hh):
                s.open_epoch('parent holds more or other'); return
    def own_fork(s, st, seg):
        """parent holds another hash at a seq of mine: adopt its chain, re-journal mine in a new epoch"""
        m = s.main[st]; cut = seg[0].seq - 1
        lost = [s.ent[x].fact for x in m[cut:]]
        lost_segs = [g for g in list(s.seg.values()) if g[0].stream == st and g[0].seq > cut]
        for g in lost_segs:
            s.quar[g[-1].hash] = g; del s.seg[g[-1].hash]
            for e in g: s.ent.pop(e.hash, None)
        s.main[st] = m[:cut]
        if not cut: s.main.pop(st)
        if st[1] == s.epoch: s.open_epoch('fork')
        s.hold(seg)
        s.rejournal_from(st, lost)
    def rejournal_from(s, st, facts):
        facts = [f for f in facts if f.kind != 'genesis']
        if facts: s.append(st[2], list(facts)); s.w.rejournalled += len(facts)
    # --- sending
    def checkpoints(s):
        out = []
        if s.offset == 0: s.maxt = max(getattr(s, 'maxt', 0), s.now())
        for sc in s.scopes():
            heads = tuple((st, s.tips(st)) for st in sorted(s.streams(), key=repr) if st[2] == sc)
            out.append(Ckpt(s.place, s.epoch, sc, s.now(), heads, s.offset == 0))
        return out
    def parcel_for(s, nb, tips=None):
        known = tips if tips is not None else s.known.get(nb, {})
        have = set()
        for st, tp in known.items():
            for _, hh in tp:
                while hh and hh in s.ent and hh not in have: have.add(hh); hh = s.ent[hh].prev
        segs = [g for g in s.seg.values() if sees(nb, g[0].stream[2]) and g[-1].hash not in have]
        if s.r.fork == 'quarantine': segs = [g for g in segs if g[-1].hash in s.ent]
        segs += [g for g in s.parked.values() if sees(nb, g[0].stream[2])] if s.r.parked_folds else []
        segs.sort(key=lambda g: (repr(g[0].stream), g[0].seq))
        mine = s.checkpoints()
        fwd = [l[-1][0] for (by, sc), l in s.ck.items() if l and by != nb]
        cks = [c for c in mine + fwd if sees(nb, c.scope)]
        heads = tuple((st, s.tips(st)) for st in sorted(s.streams(), key=repr) if sees(nb, st[2]))
        return dict(segs=segs, cks=cks, heads=heads, frm=s.place, to=nb)
    # --- facts and cases
    def facts(s):
        """[(identity, fact, entry)] that count"""
        es = list(s.ent.values())
        if s.r.parked_folds: es += [e for g in s.parked.values() for e in g]
        if s.r.fid == 'entry': return [(e.hash, e.fact) for e in es if e.fact.kind != 'genesis']
        return list({e.fact.id: (e.fact.id, e.fact) for e in es if e.fact.kind != 'genesis'}.values())
    def case_ids(s):
        return {(f.home, s.caseid(f)) for _, f in s.facts() if f.kind == 'filed'}
    def caseid(s, f):
        if f.kind != 'filed': return f.case
        return str(f.rid) if s.r.fold == 'design' else f.id
    def fold(s, home, cid):
        fs = [(i, f) for i, f in s.facts() if f.home == home and s.caseid(f) == cid] if s.r.fold == 'tree' else \
             [(i, f) for i, f in s.facts() if s.caseid(f) == cid]
        return fold_tree(fs) if s.r.fold == 'tree' else fold_design(fs)

# ------------------------------------------------------------------ folds
NOTES = ('note', 'rate')
def fold_design(fs):
    """§5 literally: order (fence, revision, level, author); custodian wins at one revision; claimed numbers are believed."""
    moves = [(i, f) for i, f in fs if f.kind not in NOTES]
    notes = [i for i, f in fs if f.kind in NOTES]
    moves.sort(key=lambda x: (x[1].fence, x[1].rev, LEVEL[x[1].by], x[1].by))     # ties: order of arrival
    raises = [(f.fence, f.rev) for _, f in moves if f.kind in ('taken', 'override')]
    late = {i for i, f in moves if any(f.fence < k and f.rev >= r for k, r in raises)}
    cust, rev, fence, stage, offered, pathv, confl, waiting, hist = None, -1, 0, 0, None, [], [], [], []
    todo = [(i, f) for i, f in moves if i not in late]
    while todo:
        at = [(i, f) for i, f in todo if f.rev == rev + 1]
        if not at: waiting = [i for i, _ in todo]; break
        win = next(((i, f) for i, f in at if f.by == cust or f.kind in ('filed', 'taken', 'override')), at[0])
        confl += [i for i, f in at if i != win[0]]
        i, f = win; rev += 1; pathv.append(i)
        if f.kind in ('filed', 'taken', 'override'): cust, fence, offered = f.by, f.fence, None; hist.append([f.by, f])
        elif f.kind == 'offer': offered = f.to
        elif f.kind == 'stage': stage += 1
        todo = [x for x in todo if x not in at]
    return dict(path=tuple(pathv), cust=cust, rev=rev, fence=fence, stage=stage, offered=offered, conflicts=tuple(sorted(confl)),
                late=tuple(sorted(late)), waiting=tuple(sorted(waiting)), notes=len(notes), hist=hist, facts=dict(fs))

def fold_tree(fs):
    """Corrected: moves form a tree by based_on (a fact id); validity from the path alone; fence and revision are derived."""
    d = dict(fs); kids = {}
    for i, f in fs:
        if f.kind not in NOTES and f.kind != 'filed': kids.setdefault(f.based, []).append(i)
    notes = [i for i, f in fs if f.kind in NOTES]
    roots = [i for i, f in fs if f.kind == 'filed']
    if not roots: return dict(path=(), cust=None, stage=0, fence=0, offered=None, conflicts=(), late=(), waiting=tuple(sorted(d)), notes=len(notes), hist=[], facts=d, rev=-1)
    root = roots[0]; invalid = []
    def step(st, f):
        cust, offered, fence, stage = st
        if f.kind == 'offer' and f.by == cust and f.to in path(f.home): return (cust, f.to, fence, stage)
        if f.kind == 'taken' and offered == f.by: return (f.by, None, fence + 1, stage)
        if f.kind == 'stage' and f.by == cust and offered is None: return (cust, None, fence, stage + 1)
        if f.kind == 'override' and f.by in path(cust) and f.by != cust: return (f.by, None, fence + 1, stage)
        return None
    def best(i, st):
        """(key, path, end state, all valid ids in subtree)"""
        f = d[i]; cand = []; allv = {i}
        for c in sorted(kids.get(i, ())):
            n = step(st, d[c])
            if n is None: invalid.append(c); continue
            k, p, e, v = best(c, n); cand.append((k, p, e)); allv |= v
        lvl = LEVEL[f.by]
        if not cand: return (lvl, st[2], i), (i,), st, allv
        k, p, e = min(cand, key=lambda x: (-x[0][0], -x[0][1], x[1][0]))
        return (max(lvl, k[0]), k[1], i), (i,) + p, e, allv
    _, pathv, (cust, offered, fence, stage), valid = best(root, (d[root].by, None, 0, 0))
    reach = set(valid) | set(invalid)
    fr = list(invalid)
    while fr:
        for c in kids.get(fr.pop(), ()):
            if c not in reach: reach.add(c); fr.append(c)
    waiting = [i for i, f in fs if f.kind not in NOTES and i not in reach]
    hist = [[d[root].by, d[root]]] + [[d[i].by, d[i]] for i in pathv if d[i].kind in ('taken', 'override')]
    return dict(path=pathv, cust=cust, rev=len(pathv) - 1, fence=fence, stage=stage, offered=offered,
                conflicts=tuple(sorted((reach - set(pathv)))), late=(), waiting=tuple(sorted(waiting)), notes=len(notes), hist=hist, facts=d)

def view(fd): return {k: fd[k] for k in ('path', 'cust', 'fence', 'stage', 'offered', 'conflicts', 'late', 'waiting', 'notes')}

# ------------------------------------------------------------------ supervision at the county
def held(m, tips):
    return all(hh in m.ent for _, hh in tips)
def known_through(m, place, scope):
    best = m.now() if place == m.place else -1
    for c, _ in m.ck.get((place, scope), ()):
        if all(held(m, tp) for st, tp in c.heads if st[0] == place): best = max(best, c.t)
    return best
def covered(m, place, scope, a, b):
    """fixed: is everything `place` did in `scope` during [a, b] surely here? False where an epoch's end leaves a hole."""
    if place == m.place:   # the judge about itself: not across its own restore
        return not any(e.fact.kind == 'genesis' and e.fact.by == place and e.fact.info[0] != 'first' and a <= e.fact.at for e in m.ent.values())
    streams = [st for st in m.streams() if st[0] == place and st[2] == scope]
    closers, opened = {}, {}
    for e in m.ent.values():
        if e.stream in streams and e.fact.kind == 'genesis':
            opened[e.stream[1]] = e.fact.at; closers.setdefault(e.fact.info[1], []).append(e.fact.at)
    cks = m.ck.get((place, scope), ())
    eps = {c.epoch for c, _ in cks} | {st[1] for st in streams}
    for ep in eps:
        if ep not in opened: return False                       # an epoch whose opening is not here yet
        if opened[ep] > b: continue
        good = [min(c.t, rec) for c, rec in cks if c.epoch == ep and c.trusted and
                all(held(m, tp) for s2, tp in c.heads if s2[0] == place)]
        last = max(good, default=-1)
        if last >= b: continue
        if ep not in closers: return False
        if any(c.t > max(closers[ep]) for c, _ in cks if c.epoch == ep): return False   # closed, yet alive: a clone
        if last < b and a <= max(closers[ep]): return False     # the hole (last, successor's opening) meets [a, b]
    return bool(eps)

def backdated(m, f):
    """every held copy of the fact follows, in its own lineage, a trusted checkpoint of its author that is later than the claimed time"""
    def one(e):
        anc = {}; x = e.prev
        while x: anc[x] = 1; x = m.ent[x].prev if x in m.ent else ''
        return any(c.epoch == e.stream[1] and c.trusted and min(c.t, rec) > f.at and any(st == e.stream and all(hh in anc for _, hh in tp) for st, tp in c.heads)
                   for c, rec in m.ck.get((f.by, f.home), ()))
    def rewound(st):
        """any sign that this epoch's store went back: a fork, a successor opened for a restore/proof/clone, or checkpoints whose heads go down as t goes up"""
        if len(m.tips(st)) > 1: return True
        if any(e.fact.kind == 'genesis' and e.fact.by == f.by and e.fact.info[1] == st[1] and e.fact.info[0] != 'first' for e in m.ent.values()): return True
        seqs = [max((q for s2, tp in c.heads if s2 == st for q, _ in tp), default=0) for c, _ in sorted(m.ck.get((f.by, f.home), ()), key=lambda x: x[0].t) if c.epoch == st[1] and c.trusted]
        return any(b < a for a, b in zip(seqs, seqs[1:]))
    es = [e for e in m.ent.values() if e.fact.id == f.id]
    if any(rewound(e.stream) for e in es) or any(getattr(m, 'got', {}).get(e.hash, 10**9) <= f.at + 0 for e in es): return False
    for e in es:      # the judge held it before the contradicting checkpoint was made: not back-dated
        late = [min(c.t, rec) for c, rec in m.ck.get((f.by, f.home), ()) if c.epoch == e.stream[1] and c.trusted and min(c.t, rec) > f.at]
        if late and getattr(m, 'got', {}).get(e.hash, 10**9) <= min(late): return False
    return bool(es) and all(one(e) for e in es)

def findings(m, now, rules):
    """{(case, holder, start id): 'provisional'|'confirmed'}"""
    out = {}
    for home, cid in m.case_ids():
        fd = m.fold(home, cid)
        for n, (who, start) in enumerate(fd['hist']):
            D = start.at + LIMIT
            if now <= D: continue
            if rules.kt == 'design':
                nxt = fd['hist'][n + 1][1].at if n + 1 < len(fd['hist']) else None
                acts = [fd['facts'][i] for i in fd['path'] if fd['facts'][i].by == who and fd['facts'][i].kind in ('stage', 'offer')]
                if any(a.at <= D and a.at >= start.at for a in acts): continue
                ok = known_through(m, who, home) > D
            else:   # evidence = any act of the holder, applied or not
                acts = [f for f in fd['facts'].values() if f.by == who and f.kind in ('stage', 'offer')]
                if any(start.at <= a.at <= D and not backdated(m, a) for a in acts): continue
                holders = {w for w, s0 in fd['hist'][:n + 1]}
                ok = all(covered(m, w, home, start.at, D + 1) for w in {who})
            out[(cid, who, start.rid)] = 'confirmed' if ok else 'provisional'
    return out
