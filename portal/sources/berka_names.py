"""Names for the Czech bank: its places in Chinese, and invented staff, so that no real person is named."""

from __future__ import annotations

REGIONS_ZH = {
    "Prague": "布拉格",
    "central Bohemia": "中波希米亚",
    "south Bohemia": "南波希米亚",
    "west Bohemia": "西波希米亚",
    "north Bohemia": "北波希米亚",
    "east Bohemia": "东波希米亚",
    "south Moravia": "南摩拉维亚",
    "north Moravia": "北摩拉维亚",
}

# in the order of the districts' numbers, 1 to 77
DISTRICTS_ZH = (
    "布拉格市", "贝内绍夫", "贝龙", "克拉德诺", "科林", "库特纳霍拉", "梅尔尼克", "姆拉达-博莱斯拉夫", "宁布尔克",
    "布拉格东", "布拉格西", "普日布拉姆", "拉科夫尼克", "捷克布杰约维采", "捷克克鲁姆洛夫", "因德日赫城堡",
    "佩尔赫日莫夫", "皮塞克", "普拉哈季采", "斯特拉科尼采", "塔博尔", "多马日利采", "海布", "卡罗维发利", "克拉托维",
    "皮尔森市", "皮尔森南", "皮尔森北", "罗基察尼", "索科洛夫", "塔霍夫", "捷克利帕", "杰钦", "霍穆托夫",
    "尼萨河畔亚布洛内茨", "利贝雷茨", "利托梅日采", "洛乌尼", "莫斯特", "特普利采", "拉贝河畔乌斯季",
    "哈夫利奇库夫布罗德", "赫拉德茨-克拉洛韦", "赫鲁迪姆", "伊钦", "纳霍德", "帕尔杜比采", "克涅日纳河畔里赫诺夫",
    "塞米利", "斯维塔维", "特鲁特诺夫", "奥尔利采河畔乌斯季", "布兰斯科", "布尔诺市", "布尔诺乡", "布热茨拉夫",
    "霍多宁", "伊赫拉瓦", "克罗梅日什", "普罗斯捷约夫", "特热比奇", "乌赫尔堡", "维什科夫", "兹林", "兹诺伊莫",
    "萨扎瓦河畔日贾尔", "布伦塔尔", "弗里代克-米斯泰克", "耶塞尼克", "卡尔维纳", "新伊钦", "奥洛穆茨", "奥帕瓦",
    "俄斯特拉发市", "普热罗夫", "顺佩尔克", "弗塞廷",
)  # fmt: skip

# family names that have one form for women and men
FAMILY_NAMES = (
    ("Janů", "雅努"), ("Martinů", "马蒂努"), ("Petrů", "彼得鲁"), ("Pavlů", "帕夫卢"), ("Jakubů", "雅库布"),
    ("Matějů", "马捷尤"), ("Krejčí", "克雷伊奇"), ("Dolejší", "多莱伊希"), ("Hořejší", "霍热伊希"),
    ("Tomšů", "托姆舒"), ("Kubů", "库布"), ("Vlčí", "弗尔奇"),
)  # fmt: skip
GIVEN_NAMES = (
    ("Jan", "扬"), ("Eva", "埃娃"), ("Petr", "彼得"), ("Hana", "哈娜"), ("Tomáš", "托马什"), ("Lenka", "伦卡"),
    ("Pavel", "帕维尔"), ("Jana", "亚娜"), ("Marek", "马雷克"), ("Alena", "阿莱娜"), ("Jiří", "伊日"),
    ("Petra", "佩特拉"), ("Karel", "卡雷尔"), ("Věra", "维拉"), ("Milan", "米兰"), ("Ivana", "伊万娜"),
    ("Radek", "拉德克"), ("Zuzana", "苏珊娜"), ("Ondřej", "翁德雷"), ("Klára", "克拉拉"), ("Filip", "菲利普"),
    ("Tereza", "特蕾莎"), ("David", "达维德"), ("Monika", "莫妮卡"),
)  # fmt: skip


def staff_name(number: int) -> tuple[str, str]:
    """An invented name in Latin and Chinese letters; the first 288 numbers all give different ones."""
    family, family_zh = FAMILY_NAMES[number % len(FAMILY_NAMES)]
    given, given_zh = GIVEN_NAMES[(number // len(FAMILY_NAMES) + number) % len(GIVEN_NAMES)]
    return f"{given} {family}", f"{given_zh}·{family_zh}"
