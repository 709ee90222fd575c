"""Names of the demo bank: invented places of business, customers and staff, in Latin and Chinese letters."""

from __future__ import annotations

# name in Latin, name in Chinese; the sub-branches stand under the branch above them
BRANCHES = (
    ("Jiangbei", "江北", (
        ("Binjiang", "滨江"), ("Railway Station", "火车站"), ("Renmin Road", "人民路"), ("Taoyuan", "桃源"),
        ("Shipyard", "船厂"),
    )),
    ("Donghu", "东湖", (
        ("Donghu Main", "东湖"), ("University Town", "大学城"), ("High-tech Zone", "高新区"), ("Meiyuan", "梅园"),
        ("Lakeside", "湖滨"),
    )),
    ("Nanshan", "南山", (
        ("Nanshan Main", "南山"), ("Export Zone", "保税区"), ("Shangye Street", "商业街"), ("Yangming", "阳明"),
        ("Textile Market", "轻纺城"),
    )),
    ("Xicheng", "西城", (
        ("Xicheng Main", "西城"), ("Jianguo Road", "建国路"), ("New Airport", "新机场"), ("Hongqi", "红旗"),
        ("Grain Market", "粮食市场"),
    )),
)  # fmt: skip

FAMILY_NAMES = (
    ("Wang", "王"), ("Li", "李"), ("Zhang", "张"), ("Liu", "刘"), ("Chen", "陈"), ("Yang", "杨"), ("Zhao", "赵"),
    ("Huang", "黄"), ("Zhou", "周"), ("Wu", "吴"), ("Xu", "徐"), ("Sun", "孙"), ("Hu", "胡"), ("Zhu", "朱"),
    ("Gao", "高"), ("Lin", "林"), ("He", "何"), ("Guo", "郭"), ("Ma", "马"), ("Luo", "罗"), ("Liang", "梁"),
    ("Song", "宋"), ("Zheng", "郑"), ("Xie", "谢"), ("Han", "韩"), ("Tang", "唐"), ("Feng", "冯"), ("Yu", "于"),
    ("Dong", "董"), ("Xiao", "萧"), ("Cheng", "程"), ("Cao", "曹"), ("Yuan", "袁"), ("Deng", "邓"), ("Shen", "沈"),
    ("Peng", "彭"), ("Lü", "吕"), ("Su", "苏"), ("Jiang", "蒋"), ("Cai", "蔡"),
)  # fmt: skip

FIRST_SYLLABLES = (
    ("Jia", "佳"), ("Zi", "子"), ("Yu", "雨"), ("Wen", "文"), ("Xiu", "秀"), ("Jian", "建"), ("Zhi", "志"),
    ("Hai", "海"), ("Xiao", "晓"), ("Mei", "美"), ("Shu", "淑"), ("Guo", "国"), ("Yong", "永"), ("Si", "思"),
    ("Yi", "一"), ("Chun", "春"), ("Hong", "红"), ("Li", "丽"), ("Jing", "静"), ("Rui", "睿"), ("Hao", "浩"),
    ("Yan", "艳"), ("Ming", "明"), ("Xin", "欣"),
)  # fmt: skip

LAST_SYLLABLES = (
    ("hua", "华"), ("ying", "英"), ("jun", "军"), ("min", "敏"), ("qiang", "强"), ("lei", "磊"), ("fang", "芳"),
    ("jie", "杰"), ("tao", "涛"), ("chao", "超"), ("ping", "平"), ("gang", "刚"), ("lan", "兰"), ("bo", "博"),
    ("xuan", "萱"), ("han", "涵"), ("yue", "悦"), ("chen", "晨"), ("feng", "峰"), ("lin", "琳"), ("ting", "婷"),
    ("wei", "伟"), ("na", "娜"), ("kai", "凯"),
)  # fmt: skip

FIRM_FIRST = (
    ("Jin", "锦"), ("Heng", "恒"), ("Rui", "瑞"), ("Tai", "泰"), ("Xin", "鑫"), ("Hua", "华"), ("Sheng", "盛"),
    ("Yuan", "源"), ("Zhong", "众"), ("Li", "立"), ("Hong", "宏"), ("An", "安"), ("Bo", "博"), ("De", "德"),
    ("Feng", "丰"), ("Guang", "广"),
)  # fmt: skip
FIRM_LAST = (
    ("hui", "辉"), ("tong", "通"), ("da", "达"), ("yu", "裕"), ("he", "和"), ("long", "隆"), ("xing", "兴"),
    ("cheng", "诚"), ("yang", "阳"), ("ke", "科"), ("ya", "雅"), ("bang", "邦"), ("mao", "茂"), ("ji", "基"),
    ("lian", "联"), ("kang", "康"),
)  # fmt: skip
FIRM_TRADES = (
    ("Textile", "纺织"), ("Machinery", "机械"), ("Electronics", "电子"), ("Trading", "商贸"), ("Logistics", "物流"),
    ("Foods", "食品"), ("Building Materials", "建材"), ("Packaging", "包装"), ("Software", "软件"),
    ("Chemicals", "化工"), ("Auto Parts", "汽车配件"), ("Medical Devices", "医疗器械"), ("Furniture", "家具"),
    ("Hardware", "五金"), ("Garments", "服装"), ("Agriculture", "农业"), ("Energy Technology", "能源科技"),
    ("Construction", "建筑工程"),
)  # fmt: skip


def staff_name(number: int) -> tuple[str, str]:
    """An invented name in Latin and Chinese letters; the first 960 numbers all give different ones."""
    family, family_zh = FAMILY_NAMES[number % len(FAMILY_NAMES)]
    first, first_zh = FIRST_SYLLABLES[(number * 7 + number // len(FAMILY_NAMES)) % len(FIRST_SYLLABLES)]
    last, last_zh = LAST_SYLLABLES[(number * 5 + number // len(FAMILY_NAMES)) % len(LAST_SYLLABLES)]
    return f"{family} {first}{last}", f"{family_zh}{first_zh}{last_zh}"
