/*
 * The first program of a benchmark's guest. It mounts what programs expect, then does what the host says on the serial port:
 *   "run NAME" starts the program described in /bench/programs/NAME, in an empty folder, once;
 *   "off" switches the machine off.
 * The marks around a program are what the host measures by: nothing but fork, exec and wait lies between them.
 * No libc: system calls of Linux for Arm (EABI).
 */
typedef unsigned int u32;

enum {
  SYS_exit = 1,
  SYS_fork = 2,
  SYS_read = 3,
  SYS_write = 4,
  SYS_open = 5,
  SYS_close = 6,
  SYS_execve = 11,
  SYS_chdir = 12,
  SYS_lseek = 19,
  SYS_mount = 21,
  SYS_kill = 37,
  SYS_mkdir = 39,
  SYS_umount2 = 52,
  SYS_ioctl = 54,
  SYS_dup2 = 63,
  SYS_setsid = 66,
  SYS_reboot = 88,
  SYS_wait4 = 114,
  SYS_socket = 281,
};

enum { O_RDONLY = 0, O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000 };
enum { MNT_DETACH = 2, SIGKILL = 9 };
enum { TCGETS = 0x5401, TCSETS = 0x5402, OPOST = 1, ISIG = 1, ECHO = 8 };
enum { SIOCGIFFLAGS = 0x8913, SIOCSIFFLAGS = 0x8914, IFF_UP = 1, AF_INET = 2, SOCK_DGRAM = 2 };

static long system_call(long number, long a, long b, long c, long d, long e) {
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  register long r7 __asm__("r7") = number;
  __asm__ volatile("svc 0" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r7) : "memory");
  return r0;
}

#define call1(n, a) system_call(n, (long)(a), 0, 0, 0, 0)
#define call2(n, a, b) system_call(n, (long)(a), (long)(b), 0, 0, 0)
#define call3(n, a, b, c) system_call(n, (long)(a), (long)(b), (long)(c), 0, 0)
#define call4(n, a, b, c, d) system_call(n, (long)(a), (long)(b), (long)(c), (long)(d), 0)
#define call5(n, a, b, c, d, e) system_call(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e))

/* The compiler may call it. */
void *memset(void *to, int value, u32 count) {
  for (u32 i = 0; i < count; i++) ((volatile char *)to)[i] = value;
  return to;
}

/* One line at a time goes out in one write, so that nothing gets between its characters. */
static char line[512];
static u32 filled;

static void put(char c) {
  if (filled < sizeof line - 1) line[filled++] = c;
}

static void put_text(const char *text) {
  while (*text) put(*text++);
}

static void put_number(u32 value) {
  char digits[10];
  int count = 0;
  do {
    u32 tenth = 0;
    for (u32 rest = value; rest >= 10; rest -= 10) tenth++;
    digits[count++] = '0' + (value - tenth * 10);
    value = tenth;
  } while (value);
  while (count) put(digits[--count]);
}

static void send(void) {
  line[filled++] = '\n';
  for (u32 sent = 0; sent < filled;) {
    long n = call3(SYS_write, 1, line + sent, filled - sent);
    if (n <= 0) break;
    sent += n;
  }
  filled = 0;
}

/* A line from the host without its end. Returns its length, or -1 when there is no host any more. */
static int receive(char *into, int size) {
  int count = 0;
  for (;;) {
    char c;
    if (call3(SYS_read, 0, &c, 1) != 1) return -1;
    if (c == '\n') break;
    if (c != '\r' && count < size - 1) into[count++] = c;
  }
  into[count] = 0;
  return count;
}

static int starts_with(const char *text, const char *beginning) {
  while (*beginning)
    if (*text++ != *beginning++) return 0;
  return 1;
}

static void mount(const char *type, const char *at) {
  call2(SYS_mkdir, at, 0755);
  call5(SYS_mount, type, at, type, 0, 0);
}

/* No echo, and line ends as they are written. */
static void set_terminal(void) {
  u32 termios[9];
  if (call3(SYS_ioctl, 0, TCGETS, termios) < 0) return;
  termios[1] &= ~OPOST;
  termios[3] &= ~(ECHO | ISIG);
  call3(SYS_ioctl, 0, TCSETS, termios);
}

/* Programs may talk to themselves over 127.0.0.1. */
static void start_loopback(void) {
  union {
    char name[32];
    struct {
      char name_again[16];
      short flags;
    } set;
  } request = {"lo"};
  long fd = call3(SYS_socket, AF_INET, SOCK_DGRAM, 0);
  if (fd < 0) return;
  call3(SYS_ioctl, fd, SIOCGIFFLAGS, &request);
  request.set.flags |= IFF_UP;
  call3(SYS_ioctl, fd, SIOCSIFFLAGS, &request);
  call1(SYS_close, fd);
}

static const char output[] = "/run/output";
static const char folder[] = "/tmp/work";
static const char *const environment[] = {
    "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:/bench/bin", "HOME=/tmp", "LC_ALL=C", "TERM=dumb", 0};

/* The path of the program, then its arguments from the zeroth on, a NUL after each. */
static char description[65536];
static const char *arguments[1024];

static int describe(const char *name) {
  char path[128] = "/bench/programs/";
  int at = 16;
  while (*name && at < 126) path[at++] = *name++;
  path[at] = 0;
  long fd = call2(SYS_open, path, O_RDONLY);
  if (fd < 0) return 0;
  u32 size = 0;
  for (;;) {
    long n = call3(SYS_read, fd, description + size, sizeof description - size);
    if (n <= 0) break;
    size += n;
  }
  call1(SYS_close, fd);
  u32 count = 0;
  for (u32 i = 0; i < size; i++)
    if ((i == 0 || description[i - 1] == 0) && count < 1023) arguments[count++] = description + i;
  arguments[count] = 0;
  return count >= 2;
}

/* In the child. */
static void start(long out) {
  call1(SYS_setsid, 0);
  long in = call2(SYS_open, "/dev/null", O_RDONLY);
  call2(SYS_dup2, in, 0);
  call2(SYS_dup2, out, 1);
  call2(SYS_dup2, out, 2);
  call1(SYS_close, in);
  call1(SYS_close, out);
  long error = call3(SYS_execve, arguments[0], arguments + 1, environment);
  filled = 0;
  put_text("cannot start ");
  put_text(arguments[0]);
  put_text(": error ");
  put_number(-error);
  send();
  call1(SYS_exit, 127);
}

/* Sends the lines that are results, "BENCH name value unit", and then the end of all that was printed. */
static void send_output(long fd) {
  static char buffer[4096];
  long n;
  int keep = 1;
  int column = 0;
  u32 size = 0;
  filled = 0;
  call3(SYS_lseek, fd, 0, 0);
  while ((n = call3(SYS_read, fd, buffer, sizeof buffer)) > 0) {
    size += n;
    for (long i = 0; i < n; i++) {
      char c = buffer[i];
      if (c == '\n') {
        if (keep && column > 6) send();
        filled = column = 0;
        keep = 1;
        continue;
      }
      if (column < 6 && c != "BENCH "[column]) keep = 0;
      column++;
      if (keep) put(c);
    }
  }
  if (keep && column > 6) send();
  filled = 0;
  call3(SYS_lseek, fd, size > sizeof buffer ? size - sizeof buffer : 0, 0);
  n = call3(SYS_read, fd, buffer, sizeof buffer);
  put_text("| ");
  for (long i = 0; i < n; i++) {
    if (buffer[i] != '\n' && filled < 200) put(buffer[i]);
    if (buffer[i] == '\n' || filled >= 200) {
      send();
      put_text("| ");
    }
  }
  if (filled > 2) send();
  filled = 0;
}

static void run(const char *name) {
  call2(SYS_umount2, folder, MNT_DETACH);
  mount("tmpfs", folder);
  call1(SYS_chdir, folder);
  long out = call3(SYS_open, output, O_RDWR | O_CREAT | O_TRUNC, 0600);
  u32 usage[18];
  memset(usage, 0, sizeof usage);
  int status = 127 << 8;
  int known = describe(name);

  put_text("@start ");
  put_text(name);
  send();
  if (known) {
    long child = call1(SYS_fork, 0);
    if (child == 0) start(out);
    /* Orphans of the program end here too. */
    while (child > 0) {
      long pid = call4(SYS_wait4, -1, &status, 0, usage);
      if (pid == child || pid < 0) break;
    }
  }
  /* struct rusage: two times of two words, then ru_maxrss in KiB. */
  put_text("@end ");
  put_text(name);
  put(' ');
  put_number(status & 127 ? 128 + (status & 127) : status >> 8 & 255);
  put(' ');
  put_number(usage[4]);
  send();

  /* What the program left running must not disturb the next one. */
  call2(SYS_kill, -1, SIGKILL);
  while (call4(SYS_wait4, -1, 0, 0, 0) > 0) {
  }
  send_output(out);
  call1(SYS_close, out);
  call1(SYS_chdir, "/");
  put_text("@done ");
  put_text(name);
  send();
}

__attribute__((noreturn, used)) static void begin(void) {
  static char command[256];
  mount("proc", "/proc");
  mount("sysfs", "/sys");
  mount("devtmpfs", "/dev");
  mount("tmpfs", "/run");
  mount("tmpfs", "/tmp");
  set_terminal();
  start_loopback();
  for (;;) {
    filled = 0;
    put_text("@ready");
    send();
    if (receive(command, sizeof command) < 0 || starts_with(command, "off")) break;
    if (starts_with(command, "run ")) run(command + 4);
  }
  /* LINUX_REBOOT_CMD_POWER_OFF */
  for (;;) call4(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0);
}

__asm__(".global _start\n.type _start, %function\n_start:\n  mov r0, sp\n  bic r0, r0, #7\n  mov sp, r0\n  bl begin\n");
