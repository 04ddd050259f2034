#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_TRIM_THRESHOLD_=262144 MALLOC_MMAP_THRESHOLD_=262144 node --v8-pool-size=2
// The settings are for glibc, which otherwise keeps what the engine's compiler has freed: 70 MiB (docs/performance.md). Two of the engine's threads for compiling, not four: on two cores they would keep the guest's thread waiting.
import '../dist/src/main.js';
