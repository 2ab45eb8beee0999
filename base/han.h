/*
 * Han characters and the one form that stands for all of theirs.
 */
#ifndef BASE_HAN_H
#define BASE_HAN_H

#include <stdint.h>

/**
 * The representative of a character's Simplified, Traditional and Japanese forms: 沢 and 泽
 * are 澤. Characters whose forms are several words (发: 發 or 髮) stay what they are, as do
 * all others. A representative stands for itself.
 */
uint32_t han_form(uint32_t c);

#endif
