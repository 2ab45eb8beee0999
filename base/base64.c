/*
 * Base64.
 */
#include "base/base64.h"

#include <limits.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/buf.h"
#include "base/mem.h"

char *
base64_encode(const void *data, size_t len)
{
	char *text = mem_zalloc((len + 2) / 3 * 4 + 1);

	(void)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
	return text;
}

static void
add_packed(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (strchr(" \t\r\n", text[i]) == NULL)
			buf_add_char(out, text[i]);
}

bool
base64_decode(const char *text, size_t len, struct buf *out)
{
	AUTO_BUF struct buf packed = BUF_EMPTY;
	size_t padding = 0;
	int count;

	add_packed(&packed, text, len);
	while (packed.len % 4 > 1)
		buf_add_char(&packed, '=');
	if (packed.len == 0 || packed.len % 4 != 0 || packed.len > INT_MAX)
		return false;
	while (padding < 2 && packed.data[packed.len - 1 - padding] == '=')
		padding++;
	count = EVP_DecodeBlock((unsigned char *)buf_reserve(out, packed.len),
	    (const unsigned char *)packed.data, (int)packed.len);
	if (count < (int)padding)
		return false;
	out->len += (size_t)count - padding;
	out->data[out->len] = '\0';
	return true;
}
