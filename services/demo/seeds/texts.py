"""Texts of the seeded calls, answers and replies, in the languages people write them in."""

TITLES = {
    "strategy": {
        "ar": "مشروع استراتيجية الشراكة 2020–2023: تعليق فقرة فقرة",
        "zh": "2020-2023年伙伴关系战略草案：逐段征求意见",
        "en": "Draft partnership strategy 2020–2023: comment paragraph by paragraph",
        "fr": "Projet de stratégie de partenariat 2020-2023 : commenter paragraphe par paragraphe",
        "ru": "Проект стратегии партнерства на 2020–2023 годы: замечания по пунктам",
        "es": "Proyecto de estrategia de asociación 2020-2023: comentarios párrafo por párrafo",
    },
    "smart": {
        "ar": "ماذا ينبغي أن تطلب المبادئ التوجيهية للمدن الذكية من الحكومات المحلية؟",
        "zh": "智慧城市准则应对地方政府提出哪些要求？",
        "en": "What should the smart cities guidelines ask of local governments?",
        "fr": "Que doivent demander les lignes directrices sur les villes intelligentes aux collectivités ?",
        "ru": "Чего руководящие принципы «умных городов» должны требовать от местных властей?",
        "es": "¿Qué deben pedir las directrices de ciudades inteligentes a los gobiernos locales?",
    },
    "sdg": {
        "ar": "أي مؤشرات تستطيع مدينتكم أن تبلّغ عنها كل سنة؟",
        "zh": "贵市每年可以报告哪些指标？",
        "en": "Which indicators can your city report every year?",
        "fr": "Quels indicateurs votre ville peut-elle communiquer chaque année ?",
        "ru": "По каким показателям ваш город может отчитываться ежегодно?",
        "es": "¿Qué indicadores puede comunicar su ciudad cada año?",
    },
    "neighbourhoods": {
        "ar": "إطار برنامج الأحياء: ما الذي ينقصه؟",
        "zh": "街区方案框架：还缺少什么？",
        "en": "Neighbourhoods programme framework: what is missing?",
        "fr": "Cadre du programme Quartiers : que manque-t-il ?",
        "ru": "Рамки программы по районам: чего не хватает?",
        "es": "Marco del programa de barrios: ¿qué falta?",
    },
    "migration": {
        "ar": "المدن والمجتمعات المضيفة: ما الذي يعين فعلا؟",
        "zh": "城市与收容社区：什么真正有帮助？",
        "en": "Cities and host communities: what really helps?",
        "fr": "Villes et communautés d'accueil : qu'est-ce qui aide vraiment ?",
        "ru": "Города и принимающие сообщества: что действительно помогает?",
        "es": "Ciudades y comunidades de acogida: ¿qué ayuda de verdad?",
    },
}

SUMMARIES = {
    "strategy": {
        "ar": "يبيّن المشروع كيف تعمل المنظمة مع فئات شركائها الثماني. أخبرونا بما ينقصه، وبما لن ينجح حيث أنتم، وبما يمكنكم تقديمه.",
        "zh": "草案说明本组织如何与八类伙伴合作。请告诉我们缺少什么、在贵地哪些行不通，以及贵方能带来什么。",
        "en": "The draft says how the organisation will work with its eight kinds of partners. Tell us what is missing, what would not work where you are, and what you would bring.",
        "fr": "Le projet dit comment l'organisation travaillera avec ses huit catégories de partenaires. Dites-nous ce qui manque, ce qui ne marcherait pas chez vous et ce que vous apporteriez.",
        "ru": "В проекте сказано, как организация будет работать с восемью категориями партнеров. Скажите, чего не хватает, что не сработает у вас и что вы готовы внести.",
        "es": "El proyecto dice cómo trabajará la organización con sus ocho clases de asociados. Díganos qué falta, qué no funcionaría donde usted está y qué aportaría.",
    },
    "other": {
        "ar": "نعدّ نصا يخص مدنكم. أسئلة قليلة، ورد على كل نقطة.",
        "zh": "我们正在起草一份与贵方城市有关的文本。问题不多，逐点答复。",
        "en": "We are drafting a text that concerns your cities. A few questions, and a reply to every point.",
        "fr": "Nous rédigeons un texte qui concerne vos villes. Quelques questions, et une réponse à chaque point.",
        "ru": "Мы готовим текст, который касается ваших городов. Несколько вопросов и ответ на каждый тезис.",
        "es": "Estamos redactando un texto que concierne a sus ciudades. Pocas preguntas y una respuesta a cada punto.",
    },
}

QUESTIONS = (
    (
        "long",
        True,
        {
            "ar": "ما الذي ينقص؟",
            "zh": "缺少什么？",
            "en": "What is missing?",
            "fr": "Que manque-t-il ?",
            "ru": "Чего не хватает?",
            "es": "¿Qué falta?",
        },
    ),
    (
        "long",
        False,
        {
            "ar": "ما الذي لن ينجح حيث أنتم؟",
            "zh": "在贵地哪些行不通？",
            "en": "What would not work where you are?",
            "fr": "Qu'est-ce qui ne marcherait pas chez vous ?",
            "ru": "Что не сработает у вас?",
            "es": "¿Qué no funcionaría donde usted está?",
        },
    ),
    (
        "yes_no",
        False,
        {
            "ar": "هل تستطيعون المساهمة بموارد أو خبرة؟",
            "zh": "贵方能否提供资源或专长？",
            "en": "Could you bring resources or expertise?",
            "fr": "Pourriez-vous apporter des ressources ou une expertise ?",
            "ru": "Можете ли вы предоставить ресурсы или опыт?",
            "es": "¿Podría aportar recursos o experiencia?",
        },
    ),
)

OPEN_FOR_CHANGE = {
    "en": "How partners are chosen, what each category does, how results are monitored",
    "fr": "Le choix des partenaires, le rôle de chaque catégorie, le suivi des résultats",
}
DECIDED = {
    "en": "The strategic plan 2020–2023 and its twelve outcomes",
    "fr": "Le plan stratégique 2020-2023 et ses douze résultats",
}
OWNER = {
    "en": "Director, External Relations",
    "fr": "La Directrice des relations extérieures",
    "zh": "对外关系司司长",
}

VOICES = {
    "en": (
        "Small cities cannot run a data office of their own. Let several share one.",
        "Say who pays for translation into residents' languages.",
        "Tenure must come before upgrading, or people are moved on.",
        "Capacity runs both ways: cities train each other, and none of it is counted today.",
        "Name informal workers; they keep the streets running.",
    ),
    "fr": (
        "Les petites communes n'ont pas les moyens d'un bureau de données ; permettez-leur d'en partager un.",
        "Les femmes des quartiers doivent siéger là où l'on décide des budgets.",
        "Prévoir un financement direct pour les groupes de base, sans intermédiaire.",
    ),
    "es": (
        "Las mujeres de los barrios ya levantan los datos; que cuenten como prueba.",
        "Hace falta un plazo para responder a las comunidades.",
        "Que los acuerdos se publiquen en la lengua de quienes viven allí.",
    ),
    "ru": (
        "Малым городам нужна общая служба данных, а не собственная.",
        "Следует указать, кто отвечает за доступность зданий.",
    ),
    "ar": (
        "يجب أن تكون البيانات المفتوحة متاحة بلغات السكان.",
        "البلديات الصغيرة تحتاج إلى تمويل مباشر لا إلى وسطاء.",
    ),
    "zh": (
        "小城市无法单独设立数据机构，应允许多个城市共用。",
        "应说明社区代表如何参与决策。",
    ),
}

CAMPAIGN = "We ask that vendors of technology have no seat in the drafting group."
"""A form letter that several partners send; a few add a sentence of their own."""

EXPLANATIONS = {
    "en": (
        "Three regions have tried it, and it works; the paragraph now says so.",
        "We share the concern and met it in the wording of the paragraph.",
        "The evaluation of 2019 points the other way; we would look at new evidence gladly.",
        "This belongs to the plan for carrying out the strategy, which is written next year.",
    ),
    "fr": (
        "Trois régions l'ont essayé et cela fonctionne ; le paragraphe le dit désormais.",
        "Nous partageons cette préoccupation et y avons répondu dans le texte du paragraphe.",
        "L'évaluation de 2019 va dans l'autre sens ; nous examinerons volontiers de nouveaux éléments.",
        "Cela relève du plan de mise en œuvre, qui sera rédigé l'année prochaine.",
    ),
    "es": (
        "Tres regiones lo han probado y funciona; el párrafo ahora lo dice.",
        "Compartimos la preocupación y la recogimos en la redacción del párrafo.",
        "La evaluación de 2019 apunta en otra dirección; veríamos con gusto nuevas pruebas.",
        "Corresponde al plan de ejecución, que se redacta el año próximo.",
    ),
    "ru": (
        "Три региона это опробовали, и это работает; теперь об этом сказано в пункте.",
        "Мы разделяем эту озабоченность и учли ее в формулировке пункта.",
        "Оценка 2019 года говорит об обратном; новые данные мы охотно рассмотрим.",
        "Это относится к плану выполнения стратегии, который готовится в будущем году.",
    ),
    "ar": (
        "جرّبته ثلاث مناطق ونجح، والفقرة تنص عليه الآن.",
        "نشارككم هذا الشاغل وقد استجبنا له في صياغة الفقرة.",
        "يشير تقييم عام 2019 إلى خلاف ذلك، ويسرنا النظر في أدلة جديدة.",
        "هذا من اختصاص خطة تنفيذ الاستراتيجية التي تُعدّ في العام المقبل.",
    ),
    "zh": (
        "三个区域已试行并且有效，该段现已写明。",
        "我们有同样的关切，并已在该段措辞中回应。",
        "2019年的评价得出相反结论；我们乐意审视新的证据。",
        "这属于明年起草的战略执行计划。",
    ),
}

GISTS = {
    "fr": (
        "Small municipalities cannot afford a data office; let them share one.",
        "Women of the neighbourhoods must sit where budgets are decided.",
        "Provide direct funding for grassroots groups, without intermediaries.",
    ),
    "es": (
        "Women of the neighbourhoods already collect the data; let it count as evidence.",
        "Set a time limit for replying to communities.",
        "Publish agreements in the language of those who live there.",
    ),
    "ru": (
        "Small cities need a shared data service rather than one of their own.",
        "Say who answers for the accessibility of buildings.",
    ),
    "ar": (
        "Open data must be available in the languages of residents.",
        "Small municipalities need direct funding, not intermediaries.",
    ),
    "zh": (
        "Small cities cannot set up a data office alone; let several share one.",
        "Say how representatives of communities take part in decisions.",
    ),
}
"""What the voices say, as the secretariat puts it in English; in the same order."""


def gist_of(language: str, words: str) -> str:
    """Return what a seeded text says in English; empty for one that is English."""
    if words.startswith(CAMPAIGN):
        return CAMPAIGN if language != "en" else ""
    said = dict(zip(VOICES[language], GISTS.get(language, ()), strict=False))
    return said.get(words, "")


CHANGES: dict[str, tuple[dict[str, str], ...]] = {
    "place": (
        {"en": "Section 2, partners", "fr": "Section 2, partenaires", "ar": "القسم 2، الشركاء"},
        {"en": "Section 4, data", "fr": "Section 4, données", "ar": "القسم 4، البيانات"},
        {"en": "Section 6, follow-up", "fr": "Section 6, suivi", "ar": "القسم 6، المتابعة"},
    ),
    "before": (
        {
            "en": "Cities set up offices for data.",
            "fr": "Les villes créent des bureaux des données.",
            "ar": "تنشئ المدن مكاتب للبيانات.",
        },
        {
            "en": "Results are published.",
            "fr": "Les résultats sont publiés.",
            "ar": "تُنشر النتائج.",
        },
        {},
    ),
    "after": (
        {
            "en": "Cities set up offices for data, alone or shared with their neighbours.",
            "fr": "Les villes créent des bureaux des données, seules ou avec leurs voisines.",
            "ar": "تنشئ المدن مكاتب للبيانات، منفردة أو بالاشتراك مع المدن المجاورة.",
        },
        {
            "en": "Results are published in the official languages and, where a city offers them, in those of its residents.",
            "fr": "Les résultats sont publiés dans les langues officielles et, lorsqu'une ville les propose, dans celles de ses habitants.",
            "ar": "تُنشر النتائج باللغات الرسمية، وكذلك بلغات السكان حيثما أتاحتها المدينة.",
        },
        {
            "en": "Progress is reviewed every year together with those who live there.",
            "fr": "Les progrès sont examinés chaque année avec celles et ceux qui y vivent.",
            "ar": "يُستعرض التقدم كل سنة مع من يعيشون هناك.",
        },
    ),
}
"""Changes in a framework that was asked about; the last one adds what was not there before."""

REVISED = ("2", "4", "5")
"""The paragraphs of the framework's own document at which those changes are made."""
