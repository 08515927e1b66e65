// SPDX-License-Identifier: MIT OR Apache-2.0
//
// The only program of the gate's guest (pid 1). It gives the kernel each module
// in turn, /modules/0, /modules/1, ..., by finit_module(2), and writes what the
// kernel answered to the second serial port, one line each:
//
//   boot TEXT             a line of the kernel's log about certificates
//   module N ERRNO TEXT   ERRNO 0: loaded, and listed in /proc/modules
//                         TEXT: what the kernel logged during the call
//   end                   every module had its turn
//
// Then it switches the machine off. It decides nothing: kernel-gate.sh reads the
// lines and compares them with what was expected.

#define _GNU_SOURCE // for memmem
#include <errno.h>
#include <fcntl.h>
#include <linux/module.h> // MODULE_INIT_COMPRESSED_FILE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum {
	RECORD_BYTES = 8192, // the kernel never hands out a longer log record
	NAME_BYTES = 64,     // MODULE_NAME_LEN
};

static FILE *report;

// The text of the next kernel log record, or NULL when there is none for now.
static const char *next_log_line(int kmsg)
{
	static char record[RECORD_BYTES + 1];
	ssize_t n;

	do
		n = read(kmsg, record, RECORD_BYTES);
	while (n < 0 && errno == EPIPE); // older records were overwritten: go on
	if (n <= 0)
		return NULL;
	record[n] = '\0';

	// "priority,sequence,time,flags;text\n", then lines with a leading blank
	char *text = strchr(record, ';');
	if (text == NULL)
		return "";
	text++;
	text[strcspn(text, "\n")] = '\0';
	return text;
}

static void report_boot_log(int kmsg)
{
	const char *text;

	while ((text = next_log_line(kmsg)) != NULL)
		if (strstr(text, "X.509") != NULL || strstr(text, "Linux version") != NULL)
			fprintf(report, "boot %s\n", text);
}

// How many modules the kernel lists.
static int listed_modules(void)
{
	FILE *list = fopen("/proc/modules", "r");
	int lines = 0, c;

	if (list == NULL)
		return -1;
	while ((c = getc(list)) != EOF)
		lines += c == '\n';
	fclose(list);
	return lines;
}

// The name that an uncompressed module gives itself (".modinfo": "name=...").
static int own_name(const char *file, size_t size, char name[NAME_BYTES])
{
	static const char key[] = "\0name=";
	const char *at = memmem(file, size, key, sizeof key - 1);

	if (at == NULL)
		return -1;
	at += sizeof key - 1;
	size_t length = strnlen(at, size - (size_t)(at - file));
	if (length == 0 || length >= NAME_BYTES)
		return -1;
	memcpy(name, at, length);
	name[length] = '\0';
	return 0;
}

// Whether a file begins as gzip, xz or Zstandard does. kmod decides by the name; a module in none of these begins with "\177ELF".
static int is_compressed(const char *file, size_t length)
{
	static const struct { size_t length; const char *bytes; } magics[] = {
		{ 2, "\x1f\x8b" }, { 6, "\xfd" "7zXZ\0" }, { 4, "\x28\xb5\x2f\xfd" },
	};

	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if (length >= magics[i].length && memcmp(file, magics[i].bytes, magics[i].length) == 0)
			return 1;
	return 0;
}

// Gives an open module file to the kernel. Returns 0 or an errno.
static int load(int fd)
{
	char name[NAME_BYTES];
	struct stat st;
	int flags = 0, named = 0;

	if (fstat(fd, &st) != 0)
		return errno;
	if (st.st_size > 0) {
		const char *file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file == MAP_FAILED)
			return errno;
		if (is_compressed(file, (size_t)st.st_size))
			flags = MODULE_INIT_COMPRESSED_FILE;
		else
			named = own_name(file, (size_t)st.st_size, name) == 0;
		munmap((void *)file, (size_t)st.st_size);
	}

	int before = listed_modules();
	if (syscall(SYS_finit_module, fd, "", flags) != 0) {
		if (errno != EEXIST || !named)
			return errno;
		// The same module came before (with another signature, say): take
		// that one out and ask again. The kernel checks the signature
		// before it looks for the name, so nothing is hidden by this.
		if (syscall(SYS_delete_module, name, O_NONBLOCK) != 0)
			return EEXIST;
		before = listed_modules();
		if (syscall(SYS_finit_module, fd, "", flags) != 0)
			return errno;
	}
	// Do not take the call's word for it.
	return listed_modules() == before + 1 ? 0 : ENOTRECOVERABLE;
}

static FILE *open_report(void)
{
	FILE *f = fopen("/dev/ttyS1", "w");
	struct termios mode;

	if (f != NULL && tcgetattr(fileno(f), &mode) == 0) {
		cfmakeraw(&mode);
		tcsetattr(fileno(f), TCSANOW, &mode);
	}
	return f;
}

int main(void)
{
	char path[32];

	mount("proc", "/proc", "proc", 0, NULL);
	int kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	report = open_report();
	if (kmsg < 0 || report == NULL) {
		perror("kernel-gate init: /dev/kmsg or /dev/ttyS1");
		reboot(RB_AUTOBOOT);
	}

	report_boot_log(kmsg);
	for (unsigned n = 0;; n++) {
		snprintf(path, sizeof path, "/modules/%u", n);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 && errno == ENOENT)
			break;
		while (next_log_line(kmsg) != NULL)
			; // what was logged between two modules belongs to neither
		int err = fd < 0 ? errno : load(fd);
		fprintf(report, "module %u %d ", n, err);
		const char *text, *separator = "";
		while ((text = next_log_line(kmsg)) != NULL) {
			fprintf(report, "%s%s", separator, text);
			separator = " | ";
		}
		fputc('\n', report);
		if (fd >= 0)
			close(fd);
	}
	fputs("end\n", report);
	fflush(report);
	tcdrain(fileno(report));
	reboot(RB_AUTOBOOT); // QEMU runs with -no-reboot: this ends it
	return 1;
}
