"""What TeX's commands look like in plain text: the tables behind `latex.py`.

Plain letters are preferred to the mathematical alphabets, which mail fonts on phones often lack.
"""


def _table(text: str) -> dict[str, str]:
    """Read `name text name text …`; a name that stands for itself is written twice."""
    words = text.split()
    return dict(zip(words[::2], words[1::2], strict=True))


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


GREEK = _table(
    """
    alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ varkappa κ
    lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ρ sigma σ varsigma ς tau τ upsilon υ phi φ varphi φ
    chi χ psi ψ omega ω eps ε
    Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω
    """
)
"""Greek."""

NATIONAL_LETTERS = _table(
    """
    o ø O Ø l ł L Ł ss ß SS SS aa å AA Å ae æ AE Æ oe œ OE Œ i ı j ȷ dh ð DH Ð th þ TH Þ dj đ DJ Đ ng ŋ NG Ŋ
    """
)
"""Letters of European alphabets: in text, the space behind such a command belongs to the command."""

SYMBOLS = _table(
    """
    ell ℓ hbar ℏ Re Re Im Im aleph ℵ wp ℘ imath ı jmath ȷ partial ∂ nabla ∇ infty ∞ emptyset ∅ varnothing ∅
    sum ∑ prod ∏ coprod ∐ int ∫ iint ∬ oint ∮ bigcup ⋃ bigcap ⋂ bigoplus ⨁ bigotimes ⨂ bigvee ⋁ bigwedge ⋀
    forall ∀ exists ∃ nexists ∄ neg ¬ lnot ¬ angle ∠ bot ⊥ top ⊤ square □ Box □ blacksquare ■ Diamond ◇ diamond ⋄
    triangle △ blacktriangle ▲ natural ♮ sharp ♯ flat ♭ prime ′ backprime ‵ checkmark ✓ clubsuit ♣ spadesuit ♠
    heartsuit ♥ diamondsuit ♦ degree ° textdegree ° circ ∘ bullet • textbullet • textperiodcentered · dag † dagger †
    ddag ‡ ddagger ‡ S § P ¶ copyright © textcopyright © textregistered ® texttrademark ™ pounds £ textsterling £
    euro € texteuro € yen ¥ textyen ¥ textcent ¢ textmu µ micro µ percent % textpercent % textdollar $ textunderscore _
    lbrace { rbrace } lbrack [ rbrack ] langle ⟨ rangle ⟩ lceil ⌈ rceil ⌉ lfloor ⌊ rfloor ⌋ lvert | rvert | vert |
    lVert ‖ rVert ‖ Vert ‖ ldots … dots … dotsc … dotsb … cdots ⋯ textellipsis … vdots ⋮ ddots ⋱
    textendash – textemdash — textquoteleft ‘ textquoteright ’ textquotedblleft “ textquotedblright ” textquotesingle '
    textquotedbl " guillemotleft « guillemotright » textless < textgreater > textbar | textasciicircum ^ slash /
    backslash ∖ textbackslash ∖ textasciitilde ∼ textrightarrow → textleftarrow ← textuparrow ↑ textdownarrow ↓
    LaTeX LaTeX TeX TeX BibTeX BibTeX ie i.e. eg e.g. etc etc. iid i.i.d. aka a.k.a. wrt w.r.t.
    """
)
"""Commands that are one sign, without space of their own."""

OPERATORS = _table(
    """
    times × cdot · pm ± mp ∓ div ÷ ast * star ⋆ oplus ⊕ ominus ⊖ otimes ⊗ odot ⊙ oslash ⊘ cup ∪ cap ∩ uplus ⊎
    sqcup ⊔ sqcap ⊓ setminus ∖ smallsetminus ∖ wedge ∧ land ∧ vee ∨ lor ∨ ltimes ⋉ rtimes ⋊ bowtie ⋈ amalg ⨿ wr ≀
    """
)
"""Commands between two things, set as close as the author set them."""

RELATIONS = _table(
    """
    leq ≤ le ≤ leqslant ≤ geq ≥ ge ≥ geqslant ≥ neq ≠ ne ≠ lt < gt > ll ≪ gg ≫ lesssim ≲ gtrsim ≳ approx ≈ sim ∼
    simeq ≃ cong ≅ equiv ≡ propto ∝ varpropto ∝ asymp ≍ doteq ≐ triangleq ≜ coloneqq ≔ prec ≺ succ ≻ preceq ⪯
    succeq ⪰ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ subsetneq ⊊ supset ⊃ supseteq ⊇ nsubseteq ⊈ mid | nmid ∤
    parallel ∥ perp ⊥ vdash ⊢ models ⊨ vDash ⊨ Vdash ⊩ nvdash ⊬
    to → rightarrow → longrightarrow → gets ← leftarrow ← longleftarrow ← leftrightarrow ↔ longleftrightarrow ↔
    Rightarrow ⇒ Longrightarrow ⇒ implies ⇒ Leftarrow ⇐ impliedby ⇐ Leftrightarrow ⇔ Longleftrightarrow ⇔ iff ⇔
    mapsto ↦ longmapsto ↦ hookrightarrow ↪ twoheadrightarrow ↠ rightharpoonup ⇀ rightleftharpoons ⇌ leadsto ⇝
    rightsquigarrow ⇝ nrightarrow ↛ uparrow ↑ downarrow ↓ updownarrow ↕ Uparrow ⇑ Downarrow ⇓ nearrow ↗ searrow ↘
    xrightarrow → bmod mod
    """
)
"""Commands that compare or point: a space stands on both sides when something stands there."""

FUNCTIONS = _names(
    """
    log ln lg exp sin cos tan cot sec csc sinh cosh tanh coth arcsin arccos arctan min max inf sup lim liminf limsup
    arg argmin argmax det dim ker deg gcd lcm hom Pr poly polylog rank tr Tr sgn sign diag softmax mod
    """
)
"""Named functions: a space stands between the name and a letter or number."""

STYLES = _names(
    """
    textbf textit texttt textsc textsf textrm textsl textup textmd textnormal emph underline uline uwave sout ul mbox hbox
    fbox text enquote say mathrm mathbf mathit mathsf mathtt mathcal mathscr mathfrak mathnormal mathbb mathds bm
    boldsymbol pmb symbf symup ensuremath operatorname vcenter smash overbrace underbrace mathop mathrel mathbin
    mathord
    """
)
"""Commands that show their argument, in another face."""

IGNORED = _names(
    """
    left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm displaystyle textstyle
    scriptstyle scriptscriptstyle limits nolimits nonumber notag bf it em sc tt rm sf sl bfseries itshape scshape
    ttfamily rmfamily sffamily slshape upshape mdseries normalfont tiny scriptsize footnotesize small normalsize large
    Large LARGE huge Huge centering noindent indent par protect relax xspace allowbreak nobreak boldmath unboldmath cal
    mathstrut strut null smallskip medskip bigskip clearpage newpage selectfont ignorespaces footnotemark maketitle
    hfill vfill hline break linebreak nolinebreak sloppy mit
    """
)
"""Commands that change only how things look, or where."""

SPACES = _names("quad qquad enspace enskip thinspace medspace thickspace space newline")
"""Commands that are a space."""

DROPPED = {
    name: count
    for count, names in {
        1: "cite citep citet citealp citealt citeauthor citeyear citeyearpar parencite autocite textcite nocite ref eqref "
        "cref Cref autoref pageref label color begin end vspace hspace thanks index pagestyle phantom hphantom vphantom "
        "bibliography bibliographystyle usepackage marginpar vskip hskip",
        2: "setlength addtolength rule",
    }.items()
    for name in names.split()
}
"""Commands that vanish together with this many arguments."""

SHOWN_ARGUMENT = {
    "textcolor": 2, "colorbox": 2, "hyperref": 2, "foreignlanguage": 2, "texorpdfstring": 1, "raisebox": 2, "scalebox": 2,
    "resizebox": 3, "parbox": 2, "stackrel": 2, "overset": 2, "underset": 2,
}  # fmt: skip
"""Commands of which one argument is shown: the one with this number."""

ACCENTS = {
    "`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", "u": "\u0306", ".": "\u0307",
    '"': "\u0308", "r": "\u030a", "H": "\u030b", "v": "\u030c", "d": "\u0323", "c": "\u0327", "k": "\u0328",
    "b": "\u0331", "t": "\u0361",
}  # fmt: skip
"""Accents of text, as the combining character behind the letter."""

MATHS_ACCENTS = {
    "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "wt": "\u0303", "bar": "\u0304",
    "overline": "\u0304", "dot": "\u0307", "ddot": "\u0308", "vec": "\u20d7", "breve": "\u0306", "check": "\u030c",
    "acute": "\u0301", "grave": "\u0300", "mathring": "\u030a",
}  # fmt: skip
"""Accents of maths; set only over a single letter."""

BLACKBOARD = {"R": "ℝ", "N": "ℕ", "Z": "ℤ", "C": "ℂ", "Q": "ℚ", "P": "ℙ", "H": "ℍ", "E": "𝔼", "F": "𝔽"}

SUPERSCRIPTS = dict(
    zip(
        "0123456789+-−=()abcdefghijklmnoprstuvwxyzT⊤′*∗⋆∘°†‡",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᵀ′***°°†‡",
        strict=True,
    )
)
SUBSCRIPTS = dict(zip("0123456789+-−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))

NEGATED = {"∈": "∉", "=": "≠", "≡": "≢", "⊂": "⊄", "⊆": "⊈", "→": "↛", "∼": "≁", "≈": "≉", "|": "∤", "∃": "∄", "<": "≮",
           ">": "≯", "≤": "≰", "≥": "≱", "⊢": "⊬", "⊨": "⊭"}  # fmt: skip

DINGBATS = {"51": "✓", "52": "✔", "53": "✕", "54": "✖", "55": "✗", "56": "✘"}
