#!/usr/bin/env python3
"""Makes pairs to translate: Chinese numerals up to 999,999,999,999 and Chinese dates, and the English words for them.

    python3 pairs.py --count 2000 --seed 5             pairs that training never sees, one on each line with a tab
    python3 pairs.py --count 2000 --seed 5 --training  pairs that training may see
    python3 pairs.py --vocabulary                      the English words, one on each line: words.txt

Pairs depend on the seed and the count alone.
"""

import argparse
import calendar
import random
import zlib

DIGITS = "零一二三四五六七八九"
CHARACTERS = DIGITS + "〇两十百千万亿年月日号"
LARGEST = 10**12 - 1

SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"}
ORDINALS |= {"nine": "ninth", "twelve": "twelfth"}
MONTHS = list(calendar.month_name)[1:]
FIRST_YEAR, LAST_YEAR = 1500, 2099


def chinese(number, colloquial=False, leading=True):
    """A number from 0 as it is read. `colloquial` says 两 for a two in front of 百, 千, 万 and 亿."""
    if number < 10:
        return DIGITS[number]
    for unit, sign in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if number >= unit:
            break
    count, rest = divmod(number, unit)
    if count == 2 and unit > 10 and colloquial:
        text = "两" + sign
    elif count == 1 and unit == 10 and leading:
        text = sign  # 十二, but 一百一十二
    else:
        text = chinese(count, colloquial, leading) + sign
    if rest == 0:
        return text
    gap = "零" if rest < unit // 10 else ""
    return text + gap + chinese(rest, colloquial, leading=False)


def below_hundred(number):
    """One word: seventeen, forty, forty-two."""
    if number < 20:
        return SMALL[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + ("-" + SMALL[ones] if ones else "")


def english(number):
    """The words of a number from 0: short scale, no "and"."""
    if number == 0:
        return ["zero"]
    words = []
    for unit, name in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (1, "")):
        hundreds, rest = divmod(number // unit % 1000, 100)
        if hundreds:
            words += [SMALL[hundreds], "hundred"]
        if rest:
            words.append(below_hundred(rest))
        if name and hundreds + rest:
            words.append(name)
    return words


def ordinal(day):
    """third, twentieth, twenty-first."""
    before, dash, last = below_hundred(day).rpartition("-")
    if last.endswith("ty"):
        return last[:-1] + "ieth"
    return before + dash + ORDINALS.get(last, last + "th")


def english_year(year):
    """nineteen eighty-four, nineteen oh four, nineteen hundred; two thousand four."""
    century, rest = divmod(year, 100)
    if 2000 <= year < 2010:
        return english(year)
    if rest == 0:
        return [below_hundred(century), "hundred"]
    return [below_hundred(century)] + (["oh"] if rest < 10 else []) + [below_hundred(rest)]


def number_pair(generator):
    """All lengths are equally likely; a third of the numbers is full of zeros."""
    length = generator.randint(1, len(str(LARGEST)))
    digits = [generator.randint(1, 9)] + [generator.randint(0, 9) for _ in range(length - 1)]
    if generator.random() < 1 / 3:
        digits[1:] = [digit if generator.random() < 0.4 else 0 for digit in digits[1:]]
    number = int("".join(map(str, digits)))
    return chinese(number, colloquial=generator.random() < 0.3), english(number)


def date_pair(generator):
    """The sixth of May nineteen eighty-four, or only the day and month, or the month and year."""
    year, month = generator.randint(FIRST_YEAR, LAST_YEAR), generator.randint(1, 12)
    day = generator.randint(1, calendar.monthrange(year, month)[1])
    form = generator.choice(("full", "full", "full", "day", "month"))
    zero = generator.choice("零〇")
    source = "".join(DIGITS[int(digit)] for digit in str(year)).replace("零", zero) + "年"
    source = ("" if form == "day" else source) + chinese(month) + "月"
    target = [MONTHS[month - 1]] + ([] if form == "day" else english_year(year))
    if form != "month":
        source += chinese(day) + generator.choice("日号")
        target = ["the", ordinal(day), "of"] + target
    return source, target


def held_out(source):
    """Whether a source is kept from training. One or two characters never are: there are too few of them."""
    return len(source) > 2 and zlib.crc32(source.encode()) % 16 == 0


def pairs(count, seed, training=False, dates=0.25):
    """Yields `count` pairs of a source and a list of words. Those to test with differ from each other."""
    generator = random.Random(f"{seed}/{training}")
    seen = set()
    while count:
        make = date_pair if generator.random() < dates else number_pair
        source, target = make(generator)
        if held_out(source) == training or (not training and source in seen):
            continue
        seen.add(source)
        count -= 1
        yield source, target


def vocabulary():
    """<pad>, which nothing says, the beginning and the end of a text, and all words."""
    words = ["<pad>", "<s>", "</s>"] + [below_hundred(number) for number in range(100)]
    words += ["hundred", "thousand", "million", "billion", "oh", "the", "of"]
    return words + [ordinal(day) for day in range(1, 32)] + MONTHS


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--training", action="store_true", help="pairs that training may see")
    parser.add_argument("--vocabulary", action="store_true", help="print the English words instead")
    arguments = parser.parse_args()
    if arguments.vocabulary:
        print("\n".join(vocabulary()))
        return
    for source, target in pairs(arguments.count, arguments.seed, arguments.training):
        print(source, " ".join(target), sep="\t")


if __name__ == "__main__":
    main()
