import type { Program } from './program.js';

const pythonLoop = `
class Record:
    def __init__(self, key, value):
        self.key, self.value, self.next = key, value, None
def work(rounds):
    table, head, text = {}, None, []
    for n in range(rounds):
        key = (n * 7919) % 1009
        record = Record(key, n)
        record.next = table.get(key)
        if n % 5 == 0: record.next = None
        table[key] = record
        if key < 100: text.append('%d:%s' % (key, chr(65 + key % 26)))
        elif len(text) > 50: head, text = ''.join(text), []
    return len(table), head, sum(r.value for r in table.values())
print(work(150000))
`;

const perlLoop = `
my (%count, $text);
for my $n (1 .. 90000) {
  my $word = join '', map { chr(97 + ($n * $_) % 26) } 1 .. 4;
  $count{$word}++;
  $text .= "$word " if $n % 7 == 0;
}
my $hits = () = $text =~ /\\b([a-m])\\w*\\1\\b/g;
print scalar(keys %count), " $hits ", join(' ', (sort { $count{$b} <=> $count{$a} || $a cmp $b } keys %count)[0 .. 4]), "\\n";
`;

const luaLoop = `
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local words, sum = {}, 0.0
for n = 1, 100000 do
  words[n] = string.format("%05d", (n * 7919) % 100003)
  sum = sum + math.sqrt(n)
end
table.sort(words)
print(fib(24), words[1], words[#words], string.format("%.3f", sum), select(2, table.concat(words):gsub("12", "")))
`;

const sqlScript = `
create table t(a integer primary key, b integer, c text);
insert into t with recursive n(i) as (select 1 union all select i + 1 from n where i < 60000)
  select i, i * 7919 % 10007, printf('row %d', i * 31 % 977) from n;
create index tb on t(b);
select count(*), sum(a), max(c) from t where b between 100 and 5000;
select c, count(*) from t group by c order by 2 desc, 1 limit 3;
select count(*) from t x join t y on y.b = x.a where x.a < 20000;
update t set b = b + 1 where a % 3 = 0;
select sum(b) from t;
`;

/** A here-document for the guest's shell. */
const fed = (command: string, text: string): string => `${command} <<'END'${text}END\n`;

/** Real programs, from Debian's packages for armhf (compiled for T32 there, assembly parts of OpenSSL aside). */
export const debianPrograms: readonly Program[] = [
  {
    name: '7zip',
    group: 'cpu',
    packages: ['7zip', 'perl-base'],
    script: '7zz a -bd -mx3 -md16 -mmt1 a.7z /usr/bin/perl > log && 7zz t -mmt1 a.7z | grep -c Ok',
  },
  {
    name: 'openssl-sha256',
    group: 'cpu',
    packages: ['openssl'],
    script: 'dd if=/dev/zero bs=64k count=800 2>/dev/null | openssl dgst -sha256',
  },
  {
    name: 'openssl-aes',
    group: 'cpu',
    packages: ['openssl'],
    script:
      'dd if=/dev/zero bs=64k count=400 2>/dev/null | openssl enc -aes-128-cbc -K 000102030405060708090a0b0c0d0e0f -iv 00 2>/dev/null | tail -c 16 | xxd',
  },
  {
    name: 'openssl-rsa',
    group: 'cpu',
    packages: ['openssl'],
    script: `openssl prime -checks 64 -hex ${prime2048()}`,
  },
  { name: 'python3', group: 'cpu', packages: ['python3-minimal'], script: fed('python3 -', pythonLoop) },
  { name: 'perl', group: 'cpu', packages: ['perl-base'], script: fed('perl -', perlLoop) },
  { name: 'lua', group: 'cpu', packages: ['lua5.4'], script: fed('lua5.4 -', luaLoop) },
  { name: 'sqlite3', group: 'cpu', packages: ['sqlite3'], script: fed('sqlite3 :memory:', sqlScript) },
  {
    name: 'zstd',
    group: 'cpu',
    packages: ['zstd', 'perl-base'],
    script: 'zstd -q -9 -T1 -c /usr/bin/perl > a && zstd -d -q -c a | cmp - /usr/bin/perl && wc -c < a',
  },
  {
    name: 'gzip',
    group: 'cpu',
    packages: ['gzip', 'perl-base'],
    script: 'gzip -n -c /usr/bin/perl > a && gzip -d -c a | cmp - /usr/bin/perl && wc -c < a',
  },
  {
    name: 'ash',
    group: 'cpu',
    script: 'i=0 s=1\nwhile [ $i -lt 35000 ]; do s=$(((s * 31 + i) % 65521)); i=$((i + 1)); done\necho $s\n',
  },
  {
    name: 'tcc',
    group: 'cpu',
    packages: ['tcc'],
    script: `i=0
while [ $i -lt 3000 ]; do
  echo "int f$i(int a, int b) { int i, s = $i; for (i = a; i < b; i++) { if (i & 1) s += i * a; else s ^= b >> (i & 7); } return s ? s : f$((i * 7 % (i + 1)))(b, a); }"
  i=$((i + 1))
done > a.c
for n in 1 2 3 4; do tcc -w -nostdinc -c -o a.o a.c || exit; done
wc -c < a.o
`,
  },
  {
    name: 'fork',
    group: 'system',
    script: 'i=0\nwhile [ $i -lt 600 ]; do ( : ); i=$((i + 1)); done\necho $i\n',
  },
  {
    name: 'fork-exec',
    group: 'system',
    script: 'i=0\nwhile [ $i -lt 350 ]; do /bin/busybox true; i=$((i + 1)); done\necho $i\n',
  },
  {
    name: 'fork-exec-dynamic',
    group: 'system',
    packages: ['zstd'],
    script: 'i=0\nwhile [ $i -lt 80 ]; do zstd --version > /dev/null; i=$((i + 1)); done\necho $i\n',
  },
  {
    name: 'pipes',
    group: 'system',
    script: 'i=0\nwhile [ $i -lt 130 ]; do echo $i | sed s/1/2/ | tail -n 1 > a; i=$((i + 1)); done\ncat a\n',
  },
];

/** The prime of RFC 3526's group 14, in hexadecimal. */
function prime2048(): string {
  return [
    'FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD',
    'EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED',
    'EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F',
    '83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B',
    'E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510',
    '15728E5A8AACAA68FFFFFFFFFFFFFFFF',
  ].join('');
}
