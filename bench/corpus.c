/*
 * What the benchmarks read: feeds and rules out of a generator of random numbers. The same
 * arguments give the same bytes everywhere.
 *
 *   corpus feed BYTES [SEED]    one feed of about so many bytes, on standard output
 *   corpus text BYTES KIND      lines of plain text: 0 English in ASCII, 1 Japanese,
 *                               2 Chinese, 3 English with apostrophes as they are printed
 *   corpus rules COUNT          a rule file; one entry in a hundred of a feed hits
 *   corpus terms COUNT          a rule file of ten rules, each with a set of many words
 *
 * Feeds are RSS 2.0 with an even and Atom with an odd seed, in English, Japanese and
 * Chinese, with HTML in CDATA sections or escaped, about 1.4 KB an entry.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NEEDLES 10 /* rules that entries can hit: the first ones of every rule file */
#define HIT_EVERY 100
#define BODY_BYTES 800
#define NEWEST_S INT64_C(1790000000)

struct words {
	const char *const *items;
	size_t count;
	const char *gap; /* between two */
};

static const char *const english[] = { "the", "of", "and", "to", "in", "for", "with", "on",
	"from", "as", "will", "says", "after", "more", "market", "minister", "energy",
	"export", "council", "harvest", "river", "bridge", "budget", "quarter", "season",
	"engine", "report", "survey", "district", "railway", "price", "supply", "contract",
	"steel", "harbour", "weather", "forest", "museum", "teacher", "ticket", "island",
	"station", "village", "factory", "journal", "doctor", "orchestra", "it&#8217;s" };
static const char *const japanese[] = { "政府は", "市場で", "新しい", "計画を", "発表した",
	"企業の", "工場が", "今年度", "輸出", "価格は", "上昇し", "会議で", "決まった",
	"地域の", "交通", "エネルギー", "サービス", "データ", "研究", "大学と", "共同で",
	"進める", "観光客", "について", "説明した", "見通しを", "示した", "、", "。",
	"「港」" };
static const char *const chinese[] = { "政府", "市场", "新的", "计划", "宣布", "企业",
	"工厂", "今年", "出口", "价格", "上涨", "会议", "决定", "地区", "交通", "能源",
	"服务", "数据", "研究", "大学", "共同", "推进", "游客", "关于", "说明", "前景",
	"，", "。", "“港口”" };
static const struct words languages[] = {
	{ english, sizeof(english) / sizeof(*english), " " },
	{ japanese, sizeof(japanese) / sizeof(*japanese), "" },
	{ chinese, sizeof(chinese) / sizeof(*chinese), "" },
};

/* xorshift64*: the same numbers everywhere. */
static uint32_t
draw(uint64_t *state, uint32_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * UINT64_C(0x2545F4914F6CDD1D)) >> 33) % below;
}

/* Words up to about so many bytes. */
static void
put_words(uint64_t *random, const struct words *words, size_t bytes, char *out, size_t max)
{
	size_t len = 0;

	while (len < bytes && len + 64 < max) {
		const char *word = words->items[draw(random, (uint32_t)words->count)];

		len += (size_t)snprintf(
		    out + len, max - len, "%s%s", len > 0 ? words->gap : "", word);
	}
}

/* Paragraphs of HTML; out has twice the room. */
static void
make_html(uint64_t *random, const struct words *words, char *out)
{
	char text[512];
	size_t len = 0;

	while (len < BODY_BYTES) {
		put_words(random, words, 80 + draw(random, 240), text, sizeof(text));
		switch (draw(random, 10)) {
		case 0:
			len += (size_t)sprintf(out + len,
			    "<p><a href=\"https://www.example.com/%u?a=1&amp;b=%u\">%s</a></p>\n",
			    draw(random, 99999), draw(random, 999), text);
			break;
		case 1:
			len += (size_t)sprintf(out + len,
			    "<p><img src=\"https://img.example.net/%x.jpg\" alt=\"\" width=\"640\"/></p>\n<p>%s</p>\n",
			    draw(random, UINT32_MAX), text);
			break;
		case 2:
			len += (size_t)sprintf(out + len,
			    "<ul>\n<li><strong>%s</strong></li>\n</ul> &nbsp;&hellip;\n",
			    text);
			break;
		default:
			len += (size_t)sprintf(out + len, "<p>%s</p>\n", text);
		}
	}
}

static void
print_escaped(const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '<':
			(void)fputs("&lt;", stdout);
			break;
		case '>':
			(void)fputs("&gt;", stdout);
			break;
		case '&':
			(void)fputs("&amp;", stdout);
			break;
		default:
			(void)putchar(*text);
		}
	}
}

struct item {
	unsigned number;
	char title[512], html[4 * BODY_BYTES];
	struct tm at;
	bool is_cdata;
};

static void
make_item(struct item *item, unsigned number, uint64_t *random)
{
	const struct words *words = &languages[draw(random, 3)];
	time_t at = NEWEST_S - (time_t)number * 300;
	size_t len;

	item->number = number;
	item->is_cdata = draw(random, 2) == 0;
	gmtime_r(&at, &item->at);
	put_words(random, words, 30 + draw(random, 60), item->title, sizeof(item->title));
	len = strlen(item->title);
	if (number % HIT_EVERY == HIT_EVERY / 2)
		(void)snprintf(item->title + len, sizeof(item->title) - len,
		    " needle%c haystack", (char)('a' + draw(random, NEEDLES)));
	make_html(random, words, item->html);
}

static void
print_html(const struct item *item)
{
	if (item->is_cdata)
		printf("<![CDATA[%s]]>", item->html);
	else
		print_escaped(item->html);
}

static void
print_rss_item(const struct item *item, unsigned seed)
{
	char date[64];

	(void)strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", &item->at);
	printf("    <item>\n      <title>%s</title>\n", item->title);
	printf("      <link>https://www.example.com/%u/%u/a-story-of-today</link>\n", seed,
	    item->number);
	printf("      <guid isPermaLink=\"false\">tag:example.com,2026:%u/%u</guid>\n",
	    seed, item->number);
	printf(
	    "      <pubDate>%s</pubDate>\n      <dc:creator>Newsroom</dc:creator>\n", date);
	printf("      <category><![CDATA[%s]]></category>\n", english[item->number % 40]);
	printf("      <description>");
	print_html(item);
	printf("</description>\n    </item>\n");
}

static void
print_atom_entry(const struct item *item, unsigned seed)
{
	char date[64];

	(void)strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%SZ", &item->at);
	printf("  <entry>\n    <title>%s</title>\n", item->title);
	printf("    <link rel=\"alternate\" type=\"text/html\" "
	       "href=\"https://www.example.com/%u/%u/a-story-of-today\"/>\n",
	    seed, item->number);
	printf("    <id>tag:example.com,2026:%u/%u</id>\n", seed, item->number);
	printf("    <published>%s</published>\n    <updated>%s</updated>\n", date, date);
	printf("    <author><name>Newsroom</name></author>\n    <category term=\"%s\"/>\n",
	    english[item->number % 40]);
	printf("    <content type=\"html\">");
	print_html(item);
	printf("</content>\n  </entry>\n");
}

static void
print_head(bool is_atom, unsigned seed)
{
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	if (is_atom)
		printf(
		    "<feed xmlns=\"http://www.w3.org/2005/Atom\">\n  <title>Feed %u</title>\n"
		    "  <id>tag:example.com,2026:%u</id>\n  <updated>2026-09-21T00:00:00Z</updated>\n",
		    seed, seed);
	else
		printf(
		    "<rss version=\"2.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n"
		    "  <channel>\n    <title>Feed %u</title>\n    <link>https://www.example.com/</link>\n"
		    "    <description>Made for a benchmark</description>\n",
		    seed);
}

static void
print_feed(long bytes, unsigned seed)
{
	uint64_t random = UINT64_C(0x9E3779B97F4A7C15) + seed;
	bool is_atom = seed % 2 == 1;
	struct item item;
	long printed = 0;

	print_head(is_atom, seed);
	for (unsigned number = 0; printed < bytes; number++) {
		make_item(&item, number, &random);
		printed += 480 + (long)strlen(item.title) +
			   (long)strlen(item.html) * (item.is_cdata ? 100 : 115) / 100;
		if (is_atom)
			print_atom_entry(&item, seed);
		else
			print_rss_item(&item, seed);
	}
	printf("%s", is_atom ? "</feed>\n" : "  </channel>\n</rss>\n");
}

static void
print_text(long bytes, unsigned kind)
{
	static const struct words plain = { english, sizeof(english) / sizeof(*english) - 1,
		" " };
	uint64_t random = UINT64_C(0x9E3779B97F4A7C15) + kind;
	const struct words *words = kind == 0 ? &plain : &languages[kind % 3];
	char line[1024];

	for (long printed = 0; printed < bytes; printed += (long)strlen(line) + 1) {
		char *entity;

		put_words(&random, words, 200 + draw(&random, 700), line, sizeof(line));
		while ((entity = strstr(line, "&#8217;")) != NULL) {
			memcpy(entity, "\u2019", 3);
			memmove(entity + 3, entity + 7, strlen(entity + 7) + 1);
		}
		(void)puts(line);
	}
}

/* A word that no feed has. */
static void
make_word(unsigned number, char word[32])
{
	static const char *const syllables[] = { "ka", "zu", "mi", "ro", "ve", "tha", "qui",
		"xo", "ji", "wen" };

	word[0] = '\0';
	for (unsigned i = 0; i < 6; i++, number /= 10)
		(void)strcat(word, syllables[number % 10]);
}

static void
print_rules(unsigned count)
{
	char one[32], other[32];

	printf("rules:\n");
	for (unsigned i = 0; i < count; i++) {
		make_word(i, one);
		make_word(i + 500000, other);
		if (i < NEEDLES)
			printf("  - {id: rule-%u, when: \"needle%c (haystack OR %s)\"}\n",
			    i, (char)('a' + i), one);
		else
			printf("  - {id: rule-%u, when: \"%s (%s OR minister)\"}\n", i, one,
			    other);
	}
}

static void
print_terms(unsigned count)
{
	char word[32];

	printf("sets:\n");
	for (unsigned set = 0; set < 10; set++) {
		printf("  set-%u: [", set);
		for (unsigned i = set; i < count; i += 10) {
			make_word(i, word);
			printf("%s%s", i == set ? "" : ", ", word);
		}
		printf("]\n");
	}
	printf("rules:\n");
	for (unsigned set = 0; set < 10; set++)
		printf("  - {id: rule-%u, when: \"@set-%u\"}\n", set, set);
}

int
main(int argc, char **argv)
{
	long number = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	unsigned kind;

	if (argc < 3 || number <= 0) {
		(void)fprintf(stderr, "usage: corpus feed BYTES [SEED] | text BYTES KIND | "
				      "rules COUNT | terms COUNT\n");
		return EXIT_FAILURE;
	}
	kind = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 0;
	if (strcmp(argv[1], "feed") == 0)
		print_feed(number, kind);
	else if (strcmp(argv[1], "text") == 0)
		print_text(number, kind);
	else if (strcmp(argv[1], "terms") == 0)
		print_terms((unsigned)number);
	else
		print_rules((unsigned)number);
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
