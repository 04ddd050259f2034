/** `npm run bench`: every benny suite, one after another. */
import { interpreterSuite } from './suites/interpreter.js';

await interpreterSuite();
