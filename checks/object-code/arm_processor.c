// Runs one AArch64 instruction on records of registers and memory, for arm_processor.py.
//
// Standard input: the instruction's word, the number of records, the records. Standard output: the records afterwards.
// A record: v0 to v31, x0 to x30, NZCV, and SCRATCH bytes of memory that lie at SCRATCH_AT while the instruction runs.
// The stack pointer holds the address of the record meanwhile, so the instruction must not use it.
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define SCRATCH_AT ((void *)0x7000000000)
#define SCRATCH 192

struct record {
    uint64_t vectors[64], general[31], flags;
    uint8_t scratch[SCRATCH];
};
struct state {
    uint64_t vectors[64], general[31], flags, stack;
};

extern const uint8_t stub[], stub_hole[], stub_end[];

__asm__(
    ".text\n.globl stub, stub_hole, stub_end\n.balign 4\nstub:\n"
    "stp x19, x20, [sp, #-160]!\nstp x21, x22, [sp, #16]\nstp x23, x24, [sp, #32]\nstp x25, x26, [sp, #48]\n"
    "stp x27, x28, [sp, #64]\nstp x29, x30, [sp, #80]\nstp d8, d9, [sp, #96]\nstp d10, d11, [sp, #112]\n"
    "stp d12, d13, [sp, #128]\nstp d14, d15, [sp, #144]\n"
    "mov x1, sp\nstr x1, [x0, #768]\nmov sp, x0\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "ldr q\\n, [sp, #16*\\n]\n.endr\n"
    "ldr x0, [sp, #760]\nmsr nzcv, x0\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "ldr x\\n, [sp, #512+8*\\n]\n.endr\n"
    "stub_hole:\nnop\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30\n"
    "str x\\n, [sp, #512+8*\\n]\n.endr\n"
    "mrs x0, nzcv\nstr x0, [sp, #760]\n"
    ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "str q\\n, [sp, #16*\\n]\n.endr\n"
    "ldr x1, [sp, #768]\nmov sp, x1\n"
    "ldp x21, x22, [sp, #16]\nldp x23, x24, [sp, #32]\nldp x25, x26, [sp, #48]\nldp x27, x28, [sp, #64]\n"
    "ldp x29, x30, [sp, #80]\nldp d8, d9, [sp, #96]\nldp d10, d11, [sp, #112]\nldp d12, d13, [sp, #128]\n"
    "ldp d14, d15, [sp, #144]\nldp x19, x20, [sp], #160\nret\nstub_end:\n");

static struct state state __attribute__((aligned(16)));

int main(void) {
    uint32_t head[2];
    void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    void *scratch = mmap(SCRATCH_AT, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    if (page == MAP_FAILED || scratch != SCRATCH_AT || fread(head, sizeof head, 1, stdin) != 1) return 1;
    uintptr_t start = (uintptr_t)stub, hole = (uintptr_t)stub_hole, end = (uintptr_t)stub_end;
    memcpy(page, (const void *)start, end - start);
    memcpy((uint8_t *)page + (hole - start), &head[0], 4);
    __builtin___clear_cache(page, (char *)page + 4096);
    for (uint32_t i = 0; i < head[1]; i++) {
        static struct record record;
        if (fread(&record, sizeof record, 1, stdin) != 1) return 1;
        memcpy(&state, &record, offsetof(struct state, stack));
        memcpy(scratch, record.scratch, SCRATCH);
        ((void (*)(struct state *))page)(&state);
        memcpy(&record, &state, offsetof(struct state, stack));
        memcpy(record.scratch, scratch, SCRATCH);
        if (fwrite(&record, sizeof record, 1, stdout) != 1) return 1;
    }
    return 0;
}
