#!/usr/bin/env python3
"""Make base/han_forms.inc: for each Han character the one that stands for all its forms.

usage: han.py Unihan_Variants.txt[.bz2] > base/han_forms.inc

Simplified and traditional forms come from Unihan (Debian: unicode-data). A pair counts where
each has the other as its only other form. Where Unihan says that a simplified character is
also a traditional one of its own (kTraditionalVariant names itself), it counts too, but for
those in LIVING, which are in use as characters of their own: they stay distinct, like all
that are simplified forms of several (发 is 發 and 髮). Japanese forms are not in Unihan.
"""
import bz2
import sys

# simplified, and a traditional character that is another word beside it
LIVING = """丑醜 了瞭 于於 云雲 仆僕 伙夥 余餘 借藉 克剋 冬鼕 准準 几幾 出齣 划劃 刮颳 制製 千韆 卜蔔
卷捲 叶葉 吁籲 合閤 同衕 后後 向曏 咤吒 咸鹹 回迴 困睏 坂阪 板闆 肴餚 夸誇 奸姦 姜薑 家傢 尸屍 帘簾 庄莊 御禦 征徵
志誌 愿願 才纔 扑撲 折摺 挽輓 斗鬥 旋鏇 曲麯 朱硃 朴樸 机機 杆桿 松鬆 柜櫃 栗慄 沈瀋 注註 涂塗 漓灕 症癥
痒癢 着著 秋鞦 种種 筑築 累纍 腊臘 致緻 舍捨 芸蕓 苹蘋 范範 蔑衊 蜡蠟 表錶 谷穀 辟闢 适適 郁鬱 里裡 面麵
霉黴""".split()

# a Japanese (or older) form, and the traditional one; not those that are other words too
# (弁 欠 予 余 台 糸 芸 缶)
JAPANESE = """亜亞 悪惡 圧壓 囲圍 爲為 壱壹 隠隱 営營 栄榮 衞衛 駅驛 円圓 塩鹽 縁緣 応應 欧歐 殴毆 桜櫻
奥奧 横橫 温溫 穏穩 仮假 価價 画畫 会會 絵繪 壊壞 懐懷 拡擴 殻殼 覚覺 学學 楽樂 渇渴 巻卷 陥陷 勧勸 寛寬 関關
歓歡 観觀 気氣 帰歸 亀龜 僞偽 戯戲 犠犧 旧舊 拠據 挙舉 擧舉 虚虛 峡峽 挟挾 狭狹 郷鄉 鄕鄉 暁曉 区區 駆驅 勲勳
薫薰 径徑 茎莖 恵惠 掲揭 渓溪 経經 蛍螢 軽輕 継繼 鶏雞 鷄雞 撃擊 県縣 倹儉 剣劍 険險 圏圈 検檢 献獻 権權 顕顯
験驗 厳嚴 広廣 効效 恒恆 黄黃 鉱礦 鑛礦 号號 国國 黒黑 砕碎 済濟 斎齋 剤劑 雑雜 参參 桟棧 蚕蠶 惨慘 賛贊 残殘
歯齒 児兒 辞辭 湿濕 実實 写寫 釈釋 寿壽 収收 従從 渋澀 澁澀 獣獸 縦縱 粛肅 処處 緖緒 叙敘 敍敘 奨獎 奬獎 将將
称稱 渉涉 焼燒 証證 条條 状狀 乗乘 浄淨 剰剩 畳疊 縄繩 壌壤 嬢孃 譲讓 醸釀 触觸 嘱囑 眞真 寝寢 愼慎 尽盡 図圖
粋粹 酔醉 穂穗 随隨 髄髓 枢樞 数數 瀬瀨 声聲 斉齊 静靜 窃竊 摂攝 専專 浅淺 戦戰 践踐 銭錢 潜潛 繊纖 禅禪 曽曾
双雙 壮壯 争爭 荘莊 捜搜 挿插 巣巢 装裝 総總 騒騷 増增 蔵藏 臓臟 卽即 属屬 続續 堕墮 対對 体體 帯帶 滞滯 滝瀧
択擇 沢澤 脱脫 担擔 単單 胆膽 団團 断斷 弾彈 遅遲 痴癡 昼晝 鋳鑄 庁廳 徴徵 聴聽 勅敕 鎭鎮 逓遞 鉄鐵 点點 転轉
伝傳 灯燈 当當 党黨 盗盜 稲稻 闘鬪 徳德 独獨 読讀 届屆 弐貳 悩惱 脳腦 覇霸 拝拜 廃廢 売賣 麦麥 発發 髪髮 抜拔
晩晚 蛮蠻 祕秘 浜濱 甁瓶 払拂 仏佛 倂併 竝並 辺邊 変變 歩步 宝寶 豊豐 襃褒 飜翻 毎每 万萬 満滿 麺麵 黙默 弥彌
訳譯 薬藥 与與 誉譽 揺搖 様樣 謡謠 来來 頼賴 乱亂 覧覽 竜龍 両兩 猟獵 緑綠 涙淚 塁壘 礼禮 励勵 戻戾 霊靈 齢齡
暦曆 歴歷 恋戀 錬鍊 炉爐 労勞 楼樓 録錄 湾灣 戸戶 内內 靑青 淸清 産產 説說 税稅 鋭銳 悦悅 閲閱 呉吳 娯娛 彦彥
顔顏 歳歲 敎教 没沒 撹攪 鴎鷗 涜瀆 蝋蠟 頬頰 塡填 剥剝 噛嚙 侠俠 繋繫 倶俱 呑吞 掴摑 躯軀 麹麴 祷禱 屛屏 瑶瑤
遥遙 凛凜 桧檜 槙槇 硏研 舎舍 舗鋪 壷壺 氷冰 姉姊 姫姬 衆眾 隣鄰 强強 亘亙 児兒 冨富 涼凉 巌巖 峰峯 渚渚 痩瘦
穣穰 薗園 萌萠 禄祿 祢禰 晄晃 駈驅 尭堯 釜釡 煕熙 顚顛 曾曽 篭籠 芦蘆 莱萊 砺礪 砿礦 侭儘 靭靱 鹸鹼""".split()


# beyond stand only forms that no news writes
LAST = 0xFFFF


def code_points(text):
    points = [int(part.split("<")[0][2:], 16) for part in text.split()]
    return [point for point in points if point <= LAST]


def read_variants(path):
    variants = {"kSimplifiedVariant": {}, "kTraditionalVariant": {}}
    version = "?"
    opener = bz2.open if path.endswith(".bz2") else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("# Unicode version:"):
                version = line.split()[-1]
            if not line.startswith("U+"):
                continue
            char, field, value = line.rstrip("\n").split("\t")
            if field in variants:
                variants[field][int(char[2:], 16)] = code_points(value)
    return version, variants["kSimplifiedVariant"], variants["kTraditionalVariant"]


def others(variants, char):
    return [form for form in variants.get(char, []) if form != char]


def simplified_pairs(simplified, traditional):
    living = {(ord(pair[0]), ord(pair[1])) for pair in LIVING}
    sources = {}
    for char in simplified:
        for form in others(simplified, char):
            sources.setdefault(form, set()).add(char)
    for char in sorted(traditional):
        forms = others(traditional, char)
        if len(forms) != 1 or (char, forms[0]) in living:
            continue
        if others(simplified, forms[0]) == [char] and sources[char] == {forms[0]}:
            yield char, forms[0]


class Forms:
    """Characters and what stands for them; the traditional side of a pair stands."""

    def __init__(self):
        self.parents = {}

    def find(self, char):
        while char in self.parents:
            char = self.parents[char]
        return char

    def join(self, char, form):
        char, form = self.find(char), self.find(form)
        if char != form:
            self.parents[char] = form

    def rows(self):
        return [(char, self.find(char)) for char in sorted(self.parents)]


def main():
    forms = Forms()
    version, simplified, traditional = read_variants(sys.argv[1])
    for char, form in simplified_pairs(simplified, traditional):
        forms.join(char, form)
    for pair in JAPANESE:
        forms.join(ord(pair[0]), ord(pair[1]))
    rows = [row for row in forms.rows() if max(row) <= LAST]
    print("/* Made by base/han.py, not to be edited. From Unihan %s, (c) Unicode, Inc.:" % version)
    print(" * https://www.unicode.org/terms_of_use.html */")
    for start in range(0, len(rows), 5):
        print("\t" + " ".join("{ 0x%04X, 0x%04X }," % row for row in rows[start : start + 5]))


main()
