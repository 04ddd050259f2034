#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=262144 MALLOC_MMAP_THRESHOLD_=262144 node
// The settings are for glibc, which otherwise keeps what the engine's compiler has freed: 70 MiB (docs/performance.md).
import '../dist/src/main.js';
