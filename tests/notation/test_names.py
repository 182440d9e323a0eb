"""How names are printed, and what a declared name may hold."""

from __future__ import annotations

import pytest

from symderive import parse
from symderive.errors import InputError
from symderive.expr import Tensor
from symderive.model import adjoint_name, axes, build, data, define, indices, param
from symderive.notation.names import NameTable, check_latex, default_name


@pytest.mark.parametrize(
    ("name", "scalar", "latex"),
    [
        ("s", False, "s"),
        ("Delta", True, r"\Delta"),
        ("beta", True, r"\beta"),
        ("loss", True, r"\mathit{loss}"),
        ("yhat", False, r"\hat{y}"),
        ("y_hat", False, r"\hat{y}"),
        ("mu_bar", False, r"\bar{\mu}"),
        ("w_h", False, "w^{h}"),
        ("net_out", False, r"\mathit{net}^{\mathrm{out}}"),
        ("w1", False, "w^{(1)}"),
        ("b1", True, "b_{1}"),
        ("omicron", True, r"\mathit{omicron}"),
        ("long_name_here", True, r"\mathit{long\_name\_here}"),
        ("sigma2", False, r"\sigma^{(2)}"),
        ("lambda_", True, r"\lambda"),
        ("pi_", False, r"\pi"),
        ("in_", False, r"\mathit{in}"),
        ("w_h_", False, "w^{h}"),
    ],
)
def test_names_without_a_declaration(name, scalar, latex):
    assert default_name(name, scalar=scalar).latex == latex


@pytest.mark.parametrize("latex", [r"\hat{y}", "w^h", r"\mathbf{W}_{0}", r"\ell", r"\theta"])
def test_what_a_name_may_be_printed_as(latex):
    assert check_latex("w", latex) == latex


@pytest.mark.parametrize(
    "latex",
    [
        r"\input{/etc/passwd}",
        r"\write18{ls}",
        "$x$",
        "a%b",
        "a&b",
        "a#1",
        "a~b",
        r"x\\y",
        "{x",
        "x}",
        "}{",
        "",
        "  ",
        "{}",
        "^2",
        r"\def\x{y}",
        "x\ny$",
        "é",
        r"\catcode`\@",
    ],
)
def test_what_a_name_may_not_be_printed_as(latex):
    with pytest.raises(InputError, match="name w: "):
        check_latex("w", latex)


def model_of(*names, latex=None):
    (N,) = axes("N")
    (i,) = indices("i", N)
    declared = [param(name, N) for name in names]
    out = Tensor("out_put", (N,))
    total = sum(declaration.tensor[i] for declaration in declared)
    return build("m", declared, [define(out[i], total)], latex=latex or {})


def test_no_two_names_are_printed_alike():
    model = model_of("yhat", "y_hat", "beta", latex={"beta": r"\hat{y}"})
    table = NameTable(model)
    printed = [table[model.tensor(name)].latex for name in model.names]
    assert len(set(printed)) == len(printed)
    assert printed[0] == r"\hat{y}"


def test_declared_names_win_and_join_their_scripts():
    model = model_of("v", latex={"v": r"net^{o}_0"})
    name = NameTable(model)[model.tensor("v")]
    assert name.latex == r"\mathit{net}^{o}_{0}"
    assert name.text == "net^o_0"


def test_a_bad_declared_name_is_an_error_of_the_input():
    model = model_of("v", latex={"v": r"\input{x}"})
    with pytest.raises(InputError, match=r"name v: \\input is not allowed"):
        NameTable(model)


def test_adjoints_are_told_apart_by_what_is_above_or_by_the_name():
    (N,) = axes("N")
    (i,) = indices("i", N)
    x = data("x", N)
    net, h, s = Tensor("net_h", (N,)), Tensor("h", (N,)), Tensor("s", (N,))
    model = build(
        "m", [x], [define(net[i], x.tensor[i]), define(h[i], net[i] ** 2), define(s[i], h[i])]
    )
    table = NameTable(model)
    assert table.adjoint(net).latex == r"\delta^{h}"
    assert table.adjoint(s).latex == r"\delta^{s}"
    # The other h must not be called the same.
    assert table.adjoint(h).latex == r"\bar{h}"


def test_made_up_names_print_too():
    (N,) = axes("N")
    model = model_of("w_h")
    table = NameTable(model)
    assert table[Tensor(adjoint_name("w_h"), (N,))].latex == r"\bar{w}^{h}"
    assert table[Tensor("w_h'at", (N,), N)].latex == r"w^{\ast}"
    assert table[Tensor("max'1", (N,))].latex == r"\mathit{max}^{(1)}"


def test_an_underscore_at_the_end_is_a_prime_where_the_name_is_taken():
    table = NameTable(model_of("lambda", "lambda_", "i_", "s_"))
    printed = {name: table[table.model.tensor(name)].latex for name in table.model.names}
    assert printed["lambda"] == r"\lambda"
    assert printed["lambda_"] == r"\lambda^{\prime}"
    assert printed["i_"] == r"i^{\prime}"
    assert printed["s_"] == "s"


@pytest.mark.parametrize(
    ("source", "latex"),
    [
        ("param pi_\nL = pi_**2", r"\pi"),
        ("param pi_\nL = pi_**2 * pi", r"\pi^{\prime}"),
        ("param pi_\nL = erf(pi_)", r"\pi^{\prime}"),
        ("param pi_[K]\nL = sum[k](pi_[k]) * pi", r"\pi"),
        (
            "param pi_[K]\nindex k: K\nq[k] = pi_[k] * pi\nL = sum[k](q[k])\nhide k on pi_",
            r"\pi^{\prime}",
        ),
    ],
)
def test_a_name_is_told_from_the_number_pi(source, latex):
    model = parse(source)
    assert NameTable(model)[model.tensor("pi_")].latex == latex


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        ("z^{*}", r"allowed; write ^\ast"),
        (r"\theta'", r"allowed; write ^\prime"),
        ("W^{(1)}", "allowed; a number at the end of a name is printed so: W1"),
        ("z^+", "accents are allowed"),
    ],
)
def test_a_sign_that_no_name_has_is_told_another_way(latex, said):
    with pytest.raises(InputError) as caught:
        check_latex("a", latex)
    assert str(caught.value).endswith(said)
    assert check_latex("a", r"\theta^\prime") == r"\theta^\prime"


def test_names_that_differ_by_numbers_print_in_one_way():
    model = parse(
        """
        data x[D]
        param w1[D]
        param w2[D]
        param b1
        param b2
        param g0
        param g1
        param v0
        data v1[D]
        index k: D
        loss = sum[k](w1[k]*x[k] + w2[k]*v1[k]) + b1 + b2 + g0 + g1 + v0
        """
    )
    names = NameTable(model)
    printed = {name: names[model.tensor(name)].latex for name in model.names}
    assert [printed[name] for name in ("b1", "b2", "v0", "v1")] == [
        "b^{(1)}",
        "b^{(2)}",
        "v^{(0)}",
        "v^{(1)}",
    ]
    assert [printed[name] for name in ("g0", "g1")] == ["g_{0}", "g_{1}"]
