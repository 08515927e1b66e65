/* A plugin for qemu-user (API version 1, QEMU 4.2 and later): counts the executed instructions between the entry of the
 * functions whose symbol contains the argument `in=TEXT` and their return, and prints them by symbol, most frequent first.
 *
 *   cc -shared -fPIC -O2 instructions.c -o instructions.so
 *   qemu-aarch64 -plugin ./instructions.so,in=measured -d plugin PROGRAM
 *
 * `words=FILE` also writes the words of the instructions of the first such call, in the order of execution, one in a line.
 *
 * The first line of standard error that begins with "instructions: " has the sum. Only the functions of the interface that
 * this file uses are declared, because Debian's qemu-user has no header for plugins. One thread only.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef uint64_t plugin_id;
extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned, void *), int, void *);
extern void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
extern const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
extern const char *qemu_plugin_insn_symbol(const struct qemu_plugin_insn *);

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

enum { SYMBOLS = 4096, RET = 0xd65f03c0u };

static struct symbol { char *name; uint64_t count; } symbols[SYMBOLS];
static size_t symbols_len;

struct block {
    struct symbol *symbol;
    size_t instructions;
    uint32_t *words;
    int starts, ends;
};

static char *wanted;
static int counting;
static uint64_t total;
static FILE *words;

static struct symbol *symbol_of(const char *name)
{
    for (size_t i = 0; i < symbols_len; i++)
        if (!strcmp(symbols[i].name, name)) return &symbols[i];
    if (symbols_len == SYMBOLS) return &symbols[SYMBOLS - 1];
    symbols[symbols_len].name = strdup(name);
    return &symbols[symbols_len++];
}

static void executed(unsigned cpu, void *data)
{
    struct block *block = data;
    (void)cpu;
    if (block->starts) counting = 1;
    if (!counting) return;
    block->symbol->count += block->instructions;
    total += block->instructions;
    if (words)
        for (size_t i = 0; i < block->instructions; i++) fprintf(words, "%08x\n", block->words[i]);
    if (block->ends) {
        counting = 0;
        if (words) fclose(words);
        words = NULL;
    }
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
    struct block *block = calloc(1, sizeof *block);
    struct qemu_plugin_insn *first = qemu_plugin_tb_get_insn(tb, 0);
    const char *name = qemu_plugin_insn_symbol(first);
    (void)id;
    block->instructions = qemu_plugin_tb_n_insns(tb);
    block->words = calloc(block->instructions, 4);
    for (size_t i = 0; i < block->instructions; i++)
        memcpy(&block->words[i], qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), 4);
    block->symbol = symbol_of(name ? name : "?");
    if (name && wanted && strstr(name, wanted)) {
        block->starts = 1;
        block->ends = block->words[block->instructions - 1] == RET;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, 0, block);
}

static int more(const void *a, const void *b)
{
    const struct symbol *x = a, *y = b;
    return x->count < y->count ? 1 : x->count > y->count ? -1 : 0;
}

static void finished(plugin_id id, void *data)
{
    (void)id, (void)data;
    fprintf(stderr, "instructions: %llu\n", (unsigned long long)total);
    qsort(symbols, symbols_len, sizeof *symbols, more);
    for (size_t i = 0; i < symbols_len && symbols[i].count; i++)
        fprintf(stderr, "%12llu %s\n", (unsigned long long)symbols[i].count, symbols[i].name);
}

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "in=", 3)) wanted = strdup(argv[i] + 3);
        if (!strncmp(argv[i], "words=", 6) && !(words = fopen(argv[i] + 6, "w"))) return 1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, 0);
    return 0;
}
