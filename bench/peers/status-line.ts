export { StatusLine } from '../../src/status-line.js';
