#!/bin/sh
# Patroni calls this when PostgreSQL here starts to lead or to follow. PgBouncer goes on telling its
# clients what the server said of itself when they first met, so it is started anew.
# Written by deploy/configure.py.
set -u
here=$data/$node
pid=$$(cat "$$here/pgbouncer.pid" 2>/dev/null) && kill "$$pid" 2>/dev/null
while [ -n "$${pid:-}" ] && kill -0 "$$pid" 2>/dev/null; do sleep 0.1; done
exec pgbouncer -d "$$here/pgbouncer.ini"
