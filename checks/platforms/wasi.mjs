// Runs a program for wasm32-wasip1 under Node.js: node wasi.mjs PROGRAM.wasm [ARGUMENT...]. The program sees the current folder
// as ".", and its exit code is that of Node.js.
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import process from 'node:process';
import { WASI } from 'node:wasi';

const [path, ...args] = process.argv.slice(2);
const wasi = new WASI({
    version: 'preview1',
    args: [basename(path), ...args],
    env: process.env,
    preopens: { '.': '.' },
    returnOnExit: true,
});
const module = await WebAssembly.compile(await readFile(path));
const instance = await WebAssembly.instantiate(module, wasi.getImportObject());
process.exitCode = wasi.start(instance);
