"""The normal form: what it must identify, what it must tell apart, and that it never identifies what has two values."""

from __future__ import annotations

import math
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.written import to_term
from derive.errors import LimitError
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    Apply,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    affine,
    children,
    free_indices,
    number,
    rebuild,
    substitute,
)
from derive.floor.theory import Theory, Unknown
from derive.language import read, write_term
from derive.language.derivation import Statement
from derive.numbers.evaluate import Point, float_at
from judge import condition_holds, differ, false_at
from lane import examples
from random_terms import FREE, Terms

DECLARATIONS = """
size     H, M
size     n >= 2
variable x, w, Z[H], T[H], W[H, H], y[M], V[n], v[3], p > 0, q > 0, m != 0, P[H] > 0, r >= 0
constant a, c > 0
define   u = x^2
define   f(b) = b^2
define   O[k] = exp(Z[k])
function g(b)
"""

EQUAL = """
x + w                                            = w + x
x - x                                            = 0
2*x + 3*x                                        = 5*x
(x + w)^2                                        = x^2 + 2*x*w + w^2
(x + w)*(x - w)                                  = x^2 - w^2
(x + w)^3                                        = x^3 + 3*x^2*w + 3*x*w^2 + w^3
x/w + w/x                                        = (x^2 + w^2)/(x*w)
1/(1/x)                                          = x
x/(x + w) + w/(x + w)                            = 1
1/(x - 1) - 1/(x + 1)                            = 2/(x^2 - 1)
(x^2 - 1)/(x - 1)                                = x + 1
x^3/x                                            = x^2
x^(-2)*x^3                                       = x
(x*w)^2/w                                        = x^2*w
-(x - w)                                         = w - x
x^0                                              = 1
0*x                                              = 0
sum(Z[i], i)                                     = sum(Z[j], j)
sum(Z[i] + T[i], i)                              = sum(Z[i], i) + sum(T[i], i)
sum(2*Z[i], i)                                   = 2*sum(Z[i], i)
sum(x*Z[i], i)                                   = x*sum(Z[i], i)
sum(Z[i]/x, i)                                   = sum(Z[i], i)/x
sum(1, i: H)                                     = H
sum(x, i: H)                                     = H*x
sum(x, i: H, j: M)                               = H*M*x
sum(Z[i] - sum(Z[j], j)/H, i)                    = 0
sum(Z[i], i)^2                                   = sum(sum(Z[i]*Z[j], i), j)
sum(Z[i]*sum(Z[i], i), i)                        = sum(Z[i], i)^2
sum(sum(W[i, j], i), j)                          = sum(sum(W[j, i], i), j)
sum(sum(W[i, j]*W[j, i], i), j)                  = sum(sum(W[j, i]*W[i, j], j), i)
sum(sum(Z[i]*y[j], i), j)                        = sum(Z[i], i)*sum(y[i], i)
sum(W[i, j]*W[j, k]*W[k, i], i, j, k)            = sum(W[i, k]*W[k, j]*W[j, i], i, j, k)
sum(Z[i], i != k) + Z[k]                         = sum(Z[i], i)
sum(Z[i], i != k, i != j) + Z[k] + Z[j]          = sum(Z[i], i) + delta(j, k)*Z[k]
sum(1, i: H, i != k)*Z[k]                        = (H - 1)*Z[k]
sum(sum(Z[i]*Z[j], i != j), j)                   = sum(Z[i], i)^2 - sum(Z[i]^2, i)
sum(delta(i, k)*Z[i], i)                         = Z[k]
sum(delta(i, k)*Z[i], i != k)                    = 0
sum(delta(i, k)*Z[i], i != j)                    = Z[k] - delta(j, k)*Z[k]
sum(delta(i, 1)*Z[i], i)                         = Z[1]
sum(delta(i, 2)*V[i], i)                         = V[2]
sum(W[i, j]*delta(i, j), i, j)                   = sum(W[i, i], i)
delta(i, k)*Z[i]                                 = delta(k, i)*Z[k]
delta(i, k)^2*Z[i]*Z[k]                          = delta(i, k)*Z[i]^2
if(i = k, Z[i], 0)                               = delta(i, k)*Z[k]
if(i != k, Z[i], Z[k])                           = Z[i]
sum(if(i = k, 1, Z[i]), i)                       = 1 + sum(Z[i], i) - Z[k]
sum(v[i], i)                                     = v[1] + v[2] + v[3]
sum(v[i], i != 2)                                = v[1] + v[3]
prod(v[i], i)                                    = v[1]*v[2]*v[3]
prod(Z[i]*T[i], i)                               = prod(Z[i], i)*prod(T[i], i)
prod(x, i: H)                                    = x^H
prod(exp(Z[i]), i)                               = exp(sum(Z[i], i))
prod(Z[i]^2, i)                                  = prod(Z[i], i)^2
exp(x + w)                                       = exp(x)*exp(w)
exp(-x)                                          = 1/exp(x)
exp(2*x)                                         = exp(x)^2
exp(x)^a                                         = exp(a*x)
exp(x)^H                                         = exp(H*x)
exp(ln(x))                                       = x
exp(2*ln(x))                                     = x^2
exp(0)                                           = 1
exp(Z[k])/sum(exp(Z[j]), j)                      = exp(Z[k] - x)/sum(exp(Z[j] - x), j)
ln(exp(x))                                       = x
ln(p*q)                                          = ln(p) + ln(q)
ln(p/q)                                          = ln(p) - ln(q)
ln(p^3)                                          = 3*ln(p)
ln(sqrt(p))                                      = ln(p)/2
ln(1/p)                                          = -ln(p)
ln(6)                                            = ln(2) + ln(3)
ln(1)                                            = 0
ln(exp(x)/(1 + exp(x)))                          = x - ln(1 + exp(x))
ln(exp(Z[k])/sum(exp(Z[j]), j))                  = Z[k] - ln(sum(exp(Z[j]), j))
log(p, c)                                        = ln(p)/ln(c)
sqrt(p)*sqrt(p)                                  = p
sqrt(p*q)                                        = sqrt(p)*sqrt(q)
sqrt(p^2)                                        = p
sqrt(4*p)                                        = 2*sqrt(p)
sqrt(8)                                          = 2*sqrt(2)
sqrt(2)*sqrt(3)                                  = sqrt(6)
1/sqrt(2)                                        = sqrt(2)/2
8^(1/3)                                          = 2
x/sqrt(x^2 + 1)*sqrt(x^2 + 1)                    = x
sum(Z[i]^2, i)/sqrt(sum(Z[i]^2, i))              = sqrt(sum(Z[i]^2, i))
p^(1/3)*p^(2/3)                                  = p
p^x*p^w                                          = p^(x + w)
x^H*x                                            = x^(H + 1)
abs(p)                                           = p
abs(-x)                                          = abs(x)
abs(x)^2                                         = x^2
abs(r)                                           = r
abs(x*w)                                         = abs(x)*abs(w)
abs(x/m)                                         = abs(x)/abs(m)
abs(-2*p*x)                                      = 2*p*abs(x)
abs(x*(x + 1))                                   = abs(x)*abs(x + 1)
abs((x + w)^2)                                   = x^2 + 2*x*w + w^2
abs(x^H)                                         = abs(x)^H
abs(prod(Z[i], i))                               = prod(abs(Z[i]), i)
abs(x)^3                                         = x^2*abs(x)
sqrt(x^2)                                        = abs(x)
sqrt(x^6)                                        = abs(x)^3
sqrt((x - w)^2)                                  = abs(w - x)
sqrt(x^2 - 2*x*w + w^2)                          = abs(x - w)
sqrt(2*x^2 + 4*x*w + 2*w^2)                      = sqrt(2)*abs(x + w)
sqrt(x^2*p)                                      = abs(x)*sqrt(p)
sqrt(x^4 + x^2)                                  = abs(x)*sqrt(x^2 + 1)
(x^2)^(1/3)                                      = abs(x)^(2/3)
(x^(-2))^(1/3)                                   = 1/abs(x)^(2/3)
1/sqrt(x^2)                                      = 1/abs(x)
sqrt(sum(Z[i], i)^2)                             = abs(sum(Z[i], i))
sqrt(r*abs(x))                                   = sqrt(r)*sqrt(abs(x))
sqrt(1 - cos(x)^2)                               = abs(sin(x))
(x^H)^M                                          = x^(H*M)
(x*w)^H                                          = x^H*w^H
(x/m)^H                                          = x^H/m^H
(-2*x)^H                                         = (-1)^H*2^H*x^H
(x^2 + x)^H                                      = x^H*(x + 1)^H
((-1)^H)^2                                       = 1
(-x)^(2*H)                                       = x^(2*H)
(-1)^(3*H)                                       = (-1)^H
1/(-1)^H                                         = (-1)^H
prod(Z[i], i != k)*Z[k]                          = prod(Z[i], i)
prod(1 + Z[i], i != k)*(1 + Z[k])                = prod(1 + Z[i], i)
prod(Z[i]*T[i], i != k)                          = prod(Z[i], i != k)*prod(T[i], i != k)
sum(prod(Z[i], i != j)*Z[j], j)                  = H*prod(Z[i], i)
prod(p*Z[i], i != k)                             = p^(H - 1)*prod(Z[i], i != k)
prod(-Z[i], i != k)                              = -(-1)^H*prod(Z[i], i != k)
1/(prod(Z[i], i != k)*Z[k])                      = 1/prod(Z[i], i)
sin(2*x)                                         = 2*sin(x)*cos(x)
cos(2*x)                                         = 1 - 2*sin(x)^2
sin(3*x)                                         = 3*sin(x) - 4*sin(x)^3
sin(x + w)                                       = sin(x)*cos(w) + cos(x)*sin(w)
cos(x - w)                                       = cos(x)*cos(w) + sin(x)*sin(w)
cos(x - 2*w)                                     = cos(x)*cos(w)^2 - cos(x)*sin(w)^2 + 2*sin(x)*sin(w)*cos(w)
sin(x/2)*cos(x/2)                                = sin(x)/2
cos(x/2)^2 - cos(x/3)^2                          = (cos(x) - cos(2*x/3))/2
tan(2*x)                                         = 2*tan(x)/(1 - tan(x)^2)
1/sin(2*x)                                       = 1/(2*sin(x)*cos(x))
1/sin(x)^2                                       = 1/(1 - cos(x)^2)
sin(x)/(1 - cos(x))                              = (1 + cos(x))/sin(x)
sin(x + pi)                                      = -sin(x)
cos(pi/2 - x)                                    = sin(x)
cos(x + 3*pi/2)                                  = sin(x)
sum(sin(2*Z[i]), i)                              = 2*sum(sin(Z[i])*cos(Z[i]), i)
exp(sin(2*x))                                    = exp(2*sin(x)*cos(x))
sqrt(2 + cos(2*x))                               = sqrt(1 + 2*cos(x)^2)
sinh(2*x)                                        = 2*sinh(x)*cosh(x)
cosh(x + w)                                      = cosh(x)*cosh(w) + sinh(x)*sinh(w)
tanh(x + w)                                      = (tanh(x) + tanh(w))/(1 + tanh(x)*tanh(w))
sin(-x)                                          = -sin(x)
cos(-x)                                          = cos(x)
sin(x)^2 + cos(x)^2                              = 1
sin(x)^4                                         = (1 - cos(x)^2)^2
tan(x)                                           = sin(x)/cos(x)
tanh(x)                                          = (exp(x) - exp(-x))/(exp(x) + exp(-x))
tanh(x)                                          = 2*sigmoid(2*x) - 1
sigmoid(x) + sigmoid(-x)                         = 1
sigmoid(x)                                       = exp(x)/(1 + exp(x))
softplus(x)                                      = ln(1 + exp(x))
cosh(x)^2 - sinh(x)^2                            = 1
max(x, w)                                        = max(w, x)
max(x, x)                                        = x
f(x + w)                                         = f(w + x)
g(x*w)                                           = g(w*x)
diff(x*w, x)                                     = diff(w*x, x)
diff((x + 1)^2, x)                               = diff(x^2 + 2*x + 1, x)
if(p > 0, x, w)                                  = x
if(x > w, x + x, 0)                              = if(x - w > 0, 2*x, 0)
sum(P[i]/(1 + P[i]), i)                          = H - sum(1/(1 + P[i]), i)
sum(1/(1 + exp(-Z[i])), i)                       = sum(exp(Z[i])/(1 + exp(Z[i])), i)
sum(P[i]/sum(P[j], j), i)                        = 1
sum(exp(Z[i])*(Z[i] - x), i)                     = sum(exp(Z[i])*Z[i], i) - x*sum(exp(Z[i]), i)
Z[i]*Z[1 + i]                                    = Z[i + 1]*Z[i]
Z[2*i - i + 0]*Z[i]                              = Z[i]^2
Z[i]*Z[i - H]                                    = 0
Z[i]*Z[i + H]                                    = 0
y[d]*Z[H + d]                                    = 0
V[n]*delta(n, n)                                 = V[n]
V[1 + 1]                                         = V[2]
v[1 + 1]*v[2 + 2]                                = 0
Z[i]*delta(i + 1, i)                             = 0
Z[i]*delta(2*i, 3)                               = 0
Z[i]*delta(i + 1, 1)                             = 0
Z[i]*delta(i, H + 1)                             = 0
Z[i]*T[k]*delta(i + 2, k + 2)                    = delta(i, k)*Z[i]*T[i]
Z[i]*T[k]*delta(1 - i, 1 - k)                    = delta(i, k)*Z[i]*T[i]
Z[i]*T[k]*delta(2*i, 2*k)                        = delta(i, k)*Z[i]*T[i]
Z[i]*y[d]*delta(i, d + 1)                        = Z[i]*y[d]*delta(i - 1, d)
y[d]*delta(i, d + 1)*Z[i]                        = y[d]*delta(i, d + 1)*Z[d + 1]
y[d]*delta(i, d + 1)*y[i - 1]                    = y[d]^2*delta(i, d + 1)*Z[i]^0
Z[i]*T[i]*delta(i, d + 1)*delta(i, e + 1)*y[d]*y[e] = Z[i]*T[i]*delta(i, d + 1)*delta(d, e)*y[d]^2
Z[i]*delta(i, d + 1)*delta(i, d + 2)*y[d]        = 0
y[d]*sum(delta(i, d + 1)*Z[i], i)                = y[d]*Z[d + 1]
y[d]*sum(delta(d + 1, i)*Z[i]^3*T[i], i)         = y[d]*Z[d + 1]^3*T[d + 1]
y[d]*sum(sum(delta(i + k, d)*Z[i]*T[k], i), k)   = y[d]*sum(Z[i]*T[d - i], i)
y[e]*sum(y[d]*Z[d + e], d)                       = y[e]*sum(Z[i]*y[i - e], i)
y[e]*sum(y[d]*Z[d + e]^2*T[d + e], d)            = y[e]*sum(Z[i]^2*T[i]*y[i - e], i)
sum(sum(y[d]*y[e]*Z[d + e], d), e)               = sum(Z[i]*sum(y[d]*y[i - d], d), i)
sum(Z[H - i + 1]^2, i: H)                        = sum(Z[i]^2, i)
sum(Z[H - i + 1]*T[i], i)                        = sum(Z[i]*T[H - i + 1], i)
sum(delta(H - i + 1, k), i: H)*Z[k]              = Z[k]
sum(delta(i, H - k + 1)*exp(Z[i])/(1 + exp(Z[i])), i)*Z[k] = exp(Z[H - k + 1])/(1 + exp(Z[H - k + 1]))*Z[k]
sum(v[i + 1], i: 3)                              = v[2] + v[3]
O[k + 1]*Z[k]                                    = Z[k]*sum(delta(k + 1, i)*O[i], i)
exp(Z[i + 1])^2*Z[i]                             = exp(2*Z[1 + i])*Z[i]
diff(Z[i + 1]*x, x)*Z[i]                         = diff(x*Z[1 + i], x)*Z[i]
"""

DIFFERENT = """
x                                                = w
x^2                                              = x
x/w                                              = w/x
sum(Z[i], i)                                     = sum(T[i], i)
sum(Z[i], i)                                     = Z[i]
sum(Z[i], i)                                     = H*Z[k]
sum(Z[i]^2, i)                                   = sum(Z[i], i)^2
sum(Z[i]*T[i], i)                                = sum(Z[i], i)*sum(T[i], i)
sum(sum(W[i, j]*Z[i], i), j)                     = sum(sum(W[j, i]*Z[i], i), j)
sum(sum(W[i, j]^2, i), j)                        = sum(sum(W[i, j]*W[j, i], i), j)
sum(1, i: H)*x                                   = sum(1, i: M)*x
sum(Z[i], i != k)                                = sum(Z[i], i)
sum(Z[i], i != k, i != j)                        = sum(Z[i], i) - Z[k] - Z[j]
sum(delta(i, k)*Z[i], i != j)                    = Z[k]
sum(delta(i, 2)*Z[i], i)                         = Z[1]
sum(delta(i, 3)*Z[i], i)                         = 0
sum(delta(i, 3)*V[i], i)                         = sum(delta(i, 2)*V[i], i)
sum(Z[i], i != 3)                                = sum(Z[i], i) - Z[1]
delta(i, k)*Z[i]                                 = Z[i]
delta(i, k)*Z[i]*Z[j]                            = delta(i, j)*Z[i]*Z[k]
if(i = k, Z[i], 1)                               = Z[k]
prod(x, i: H)                                    = x
prod(-1, i: H)*x                                 = -x
prod(Z[i] + T[i], i)                             = prod(Z[i], i) + prod(T[i], i)
exp(x*w)                                         = exp(x)*exp(w)
exp(sum(Z[i], i))                                = sum(exp(Z[i]), i)
ln(p + q)                                        = ln(p) + ln(q)
sqrt(x^2)                                        = x
sqrt(m^2)                                        = m
sqrt(p + q)                                      = sqrt(p) + sqrt(q)
sqrt((x - w)^2)                                  = x - w
(x^4)^(1/4)                                      = x
(x^6)^(1/2)                                      = x^3
(x^2)^(1/3)                                      = x^(2/3)
sqrt(x^2*p)                                      = x*sqrt(p)
sqrt(x^2 + w)                                    = abs(x)
sqrt(x^2 - 2*x*w + 2*w^2)                        = abs(x - w)
sqrt(x^2 + x*w + w^2)                            = abs(x + w)
sqrt(x^2 + x*w + w^2)                            = abs(x/2 + w)
sqrt(1 - cos(x)^2)                               = sin(x)
abs(x*w)                                         = x*abs(w)
abs(-p*x)                                        = -p*abs(x)
abs(x)^3                                         = x^3
abs(x^H)                                         = x^H
abs(prod(Z[i], i))                               = prod(Z[i], i)
(x^H)^M                                          = x^(H + M)
(x*w)^H                                          = x^H*w
(2*x)^H                                          = 2*x^H
(x + w)^H                                        = x^H + w^H
(-x)^H                                           = -x^H
(-1)^(3*H)                                       = 1
(-1)^(2*H)                                       = -1
1/(-1)^H                                         = 1
prod(Z[i], i != k)*Z[j]                          = prod(Z[i], i)
prod(Z[i], i != k, i != j)*Z[k]                  = prod(Z[i], i != j)
prod(1 + Z[i], i != k, i != j)*(1 + Z[k])        = prod(1 + Z[i], i != j)
prod(1 + Z[i], i != k)*(1 + Z[j])                = prod(1 + Z[i], i)
prod(Z[i], i != k)^2*Z[k]                        = prod(Z[i], i)^2
prod(2, i: H, i != k)                            = 2^H
prod(2, i: H, i != k, i != j)*4                  = 2^H
prod(-Z[i], i != k)                              = (-1)^H*prod(Z[i], i != k)
prod(x*Z[i], i)                                  = x*prod(Z[i], i)
abs(x)                                           = x
abs(x + w)                                       = abs(x) + abs(w)
sin(x)^2 - cos(x)^2                              = 1
sin(2*x)                                         = 2*sin(x)
sin(2*x)                                         = 2*sin(x)*cos(w)
cos(2*x)                                         = cos(x)^2 + sin(x)^2
cos(2*x)                                         = 1 - sin(x)^2
sin(x + w)                                       = sin(x) + sin(w)
sin(x - w)                                       = sin(x)*cos(w) + cos(x)*sin(w)
cos(x + w)                                       = cos(x)*cos(w) + sin(x)*sin(w)
sin(x*w)                                         = sin(x)*cos(w) + cos(x)*sin(w)
sin(x/2)*cos(x/2)                                = sin(x)
sin(x + pi)                                      = sin(x)
sin(x + pi/2)                                    = -cos(x)
cos(pi/2 - x)                                    = cos(x)
sum(sin(2*Z[i]), i)                              = 2*sum(sin(Z[i]), i)*sum(cos(Z[i]), i)
1/sin(x)^2                                       = 1/(1 + cos(x)^2)
cosh(2*x)                                        = cosh(x)^2 - sinh(x)^2
max(x, w)                                        = x
(-1)^H                                           = 1
(-1)^H                                           = -1
(-x)^H                                           = x^H
x^H                                              = x^M
f(x)                                             = f(w)
g(x)                                             = g(w)
g(x)                                             = x
diff(x^2, x)                                     = diff(x^2, w)
diff(W[i, k], Z[i])                              = diff(W[i, k], Z[k])
if(x > 0, x, w)                                  = x
if(x > 0, x, -x)                                 = if(x >= 1, x, -x)
u                                                = x
H                                                = 1
sqrt(2)*sqrt(3)                                  = sqrt(5)
ln(6)                                            = ln(2)*ln(3)
ln(x*w)                                          = ln(x) + ln(w)
ln(x/w)                                          = ln(x) - ln(w)
ln(x^2)                                          = 2*ln(x)
Z[i]*Z[i + 1]                                    = Z[i]^2
Z[i]*Z[i + 1]                                    = Z[i]*Z[i - 1]
Z[i]*Z[2*i]                                      = 2*Z[i]^2
Z[i]*sqrt(P[i + 1]^2)                            = Z[i]*P[i]
Z[i]*P[i + 1]^0                                  = 0
V[n]                                             = V[2]
V[n]                                             = V[1]
y[d]*Z[d + 0]                                    = y[d]*Z[1]
sum(Z[i + 1], i: H)                              = sum(Z[i], i)
sum(Z[i + 1] - Z[i], i)                          = 0
sum(exp(Z[i + 1]), i: H)                         = sum(exp(Z[i]), i) - exp(Z[1])
sum(delta(i + 1, k), i: H)*Z[k]                  = Z[k]
y[d]*sum(delta(i, d + 1), i: H)                  = y[d]
y[d]*sum(delta(i, d + 1)*exp(Z[i]), i)           = y[d]*exp(Z[d + 1])
y[d]*sum(delta(i, d + 1)*(Z[i] + 1), i)          = y[d]*(Z[d + 1] + 1)
y[d]*sum(delta(i, d + 1)/P[i], i)                = y[d]/P[d + 1]
y[d]*sum(delta(2*i, d)*Z[i], i)                  = y[d]*Z[d + 0]
y[e]*sum(y[d]*Z[d + e], d)                       = y[e]*sum(Z[i]*y[i + e], i)
y[e]*sum(y[d]*Z[d + e], d)                       = y[e]*sum(Z[i]*y[e - i], i)
sum(Z[H - i + 1]*T[i], i)                        = sum(Z[i]*T[i], i)
Z[i]*sum(delta(d, i + 1)*Z[d + 0], d: M)         = Z[i]*Z[i + 1]
sum(Z[H - i]*T[i], i)                            = sum(Z[i]*T[H - i + 1], i)
Z[i]*delta(i, d + 1)*y[d]                        = Z[i]*delta(i, d - 1)*y[d]
Z[i]*delta(i, d + 1)*delta(i, e + 2)*y[d]*y[e]   = Z[i]*delta(i, d + 1)*delta(d, e)*y[d]^2
delta(i + 1, k)*Z[i]*Z[k]                        = delta(i + 1, k)*Z[k]^2
O[k + 1]*Z[k]                                    = Z[k]*exp(Z[k + 1])
Z[k]*u                                           = Z[k + 0*k]*x
"""

UNDEFINED = [
    "x/0",
    "1/(x - x)",
    "ln(0)",
    "0*ln(0)",
    "ln(-2)",
    "ln(x - x)",
    "(x - x)^(-1)",
    "sqrt(-2)",
    "Z[k]/(Z[k] - Z[k])",
    "1/sum(0*Z[i], i)",
    "1/(x/(x + 1) + 1/(x + 1) - 1)",
    "ln(x/(x + 1) + 1/(x + 1) - 1)",
]


def claimed(line: str) -> Statement:
    return read(f"{DECLARATIONS} theorem t: {line}").statements[0]


def said_equal(left: Term, right: Term, knowledge: Knowledge) -> tuple[bool, Normalizer]:
    normalizer = Normalizer(knowledge)
    try:
        return normalizer.equal(left, right), normalizer
    except (Undefined, LimitError):
        return False, normalizer


@pytest.mark.parametrize("line", EQUAL.strip().splitlines())
def test_equal(line: str) -> None:
    claim = claimed(line)
    left, right = claim.sides
    assert said_equal(left, right, Knowledge(claim.theory))[0]
    assert said_equal(right, left, Knowledge(claim.theory))[0]


@pytest.mark.parametrize("line", EQUAL.strip().splitlines())
def test_equal_has_one_value(line: str) -> None:
    claim = claimed(line)
    left, right = claim.sides
    conditions = frozenset(said_equal(left, right, Knowledge(claim.theory))[1].conditions)
    assert false_at(left, right, claim.theory, conditions=conditions, count=6) is None


@pytest.mark.parametrize("line", DIFFERENT.strip().splitlines())
def test_different(line: str) -> None:
    claim = claimed(line)
    left, right = claim.sides
    equal, normalizer = said_equal(left, right, Knowledge(claim.theory))
    assert not equal or normalizer.conditions, "what is false is equal under a condition at most"
    if equal:
        assert false_at(left, right, claim.theory, conditions=normalizer.conditions) is None


@pytest.mark.parametrize("text", UNDEFINED)
def test_what_has_no_value_has_no_normal_form(text: str) -> None:
    term = read(f"{DECLARATIONS} theorem t: {text} = 0").statements[0].sides[0]
    with pytest.raises(Undefined):
        Normalizer(Knowledge(read(DECLARATIONS).theory)).normal(term)


@pytest.mark.parametrize("text", ["(x + w)^1000", "(x + w + p + q + m)^40", "2^100000*x", "prod(x + w + p + q + Z[i], i)^64"])
def test_what_would_grow_is_left(text: str) -> None:
    term = read(f"{DECLARATIONS} theorem t: {text} = 0").statements[0].sides[0]
    with suppress(LimitError):
        Normalizer(Knowledge(read(DECLARATIONS).theory)).normal(term)


def test_a_hidden_zero_is_seen() -> None:
    """x/(x + 1) + 1/(x + 1) - 1 is 0, which only a common denominator shows."""
    hidden = "x/(x + 1) + 1/(x + 1) - 1"
    for text in (f"sqrt({hidden})", f"abs({hidden})", f"({hidden})^2"):
        claim = read(f"{DECLARATIONS} theorem t: {text} = 0").statements[0]
        assert said_equal(*claim.sides, Knowledge(claim.theory))[0], text


def test_what_has_a_sign_is_its_absolute_value_or_the_negative_of_it() -> None:
    for text, hypothesis in (("sqrt(x^2) = x", "x >= 0"), ("sqrt(x^2) = -x", "-x > 0"), ("abs(x^3) = -x^3", "-x >= 0")):
        claim = read(f"{DECLARATIONS} theorem t given {hypothesis}: {text}").statements[0]
        equal, normalizer = said_equal(*claim.sides, Knowledge(claim.theory, claim.hypotheses))
        assert equal, text
        assert normalizer.conditions
        wrong = Neg(claim.sides[1])
        assert not said_equal(claim.sides[0], wrong, Knowledge(claim.theory, claim.hypotheses))[0]


def test_roots_of_the_factors_ask_for_their_signs() -> None:
    claim = read(f"{DECLARATIONS} theorem t given x >= 0, w >= 0: sqrt(x*w) = sqrt(x)*sqrt(w)").statements[0]
    equal, normalizer = said_equal(*claim.sides, Knowledge(claim.theory, claim.hypotheses))
    assert equal
    assert {c.claim for c in normalizer.conditions} == set(claim.hypotheses)
    assert not said_equal(*claim.sides, Knowledge(claim.theory))[0]
    # At x = 0 the root of x^2*w is 0 even where w is negative, and sqrt(w) has no value.
    other = read(f"{DECLARATIONS} theorem t: sqrt(x^2*w) = abs(x)*sqrt(w)").statements[0]
    assert not said_equal(*other.sides, Knowledge(other.theory))[0]


@pytest.mark.sample(6)
@pytest.mark.parametrize("denominator", range(1, 13))
def test_angles_over_every_denominator_have_the_values_of_sine_and_cosine(denominator: int) -> None:
    """What the single angles make of x + p*pi/q is its sine and cosine: no part of a turn is dropped."""
    from mpmath import cos, mpf, pi, sin

    normalizer = Normalizer(Knowledge(Theory(unknowns={"x": Unknown("x", True)})))
    for numerator in range(-denominator, denominator + 1):
        for multiple in (Fraction(0), Fraction(numerator % 3 - 1, 2)):
            circle = Mul((Number(Fraction(numerator, denominator)), Apply("pi", ())))
            angle = Add((Mul((Number(Fraction(multiple)), Entry("x", ()))), circle))
            poly = normalizer.normal(angle)
            unit = math.lcm(1, *(Fraction(c).denominator for c in poly.terms.values()))
            found = [to_term(side) for side in normalizer._sine_and_cosine(poly, unit)]
            at = mpf(7) / 10
            exactly = [f(multiple.numerator * at / multiple.denominator + numerator * pi / denominator) for f in (sin, cos)]
            point = Point({}, {}, {("x", ()): Fraction(7, 10)})
            for side, value in zip(found, exactly, strict=True):
                assert abs(float_at(side, normalizer.knowledge.theory, point) - value) < 1e-6, (numerator, multiple)


@pytest.mark.parametrize("text", ["sin(100*x)", "cos(x + 30*w)*sin(w)", "sin(x/97)*sin(x/89)"])
def test_many_turns_are_left(text: str) -> None:
    term = read(f"{DECLARATIONS} theorem t: {text} = 0").statements[0].sides[0]
    normalizer = Normalizer(Knowledge(read(DECLARATIONS).theory))
    assert not normalizer.is_zero(normalizer.normal(term))
    assert normalizer.equal(term, term)


def test_relations_of_indices_are_used_and_listed() -> None:
    claim = read(f"{DECLARATIONS} theorem t for i != k: delta(i, k)*Z[i]*Z[k] = 0").statements[0]
    knowledge = Knowledge(claim.theory, (), claim.conditions)
    equal, normalizer = said_equal(*claim.sides, knowledge)
    assert equal
    assert {c.claim for c in normalizer.conditions} <= {
        claim.conditions[0],
        Comparison(claim.conditions[0].right, "!=", claim.conditions[0].left),
    }
    assert normalizer.conditions


def test_relations_of_indices_are_about_free_ones() -> None:
    for text in ("sum(delta(i, k)*Z[i], i) = 0*Z[i]", "sum(sum(delta(i, k)*Z[i]*Z[k], i), k) = 0*Z[i]*Z[k]"):
        claim = read(f"{DECLARATIONS} theorem t for i != k: {text}").statements[0]
        assert not said_equal(*claim.sides, Knowledge(claim.theory, (), claim.conditions))[0]


def test_signs_that_were_used_are_listed() -> None:
    claim = read(f"{DECLARATIONS} theorem t: sum(sqrt(P[i]^2), i) = sum(P[i], i)").statements[0]
    equal, normalizer = said_equal(*claim.sides, Knowledge(claim.theory))
    assert equal
    (condition,) = normalizer.conditions
    assert len(condition.bound) == 1, "for all i"


def test_hypotheses_are_about_free_indices() -> None:
    claim = read(f"{DECLARATIONS} theorem t given Z[k] > 0: sqrt(Z[k]^2)*x = Z[k]*x").statements[0]
    assert said_equal(*claim.sides, Knowledge(claim.theory, claim.hypotheses))[0]
    other = read(f"{DECLARATIONS} theorem t given Z[k] > 0: sum(sqrt(Z[k]^2), k) = sum(Z[k], k)").statements[0]
    equal, normalizer = said_equal(*other.sides, Knowledge(other.theory, other.hypotheses))
    assert not equal or any(c.bound for c in normalizer.conditions)


def test_a_term_that_is_left_out_must_have_a_value() -> None:
    """sum(1/Z[i], i != k) is the whole sum less 1/Z[k] only where 1/Z[k] is a number."""
    claim = read(f"{DECLARATIONS} theorem t: sum(1/Z[i], i != k) + x = x + sum(1/Z[j], j) - 1/Z[k]").statements[0]
    normalizer = Normalizer(Knowledge(claim.theory))
    normalizer.normal(claim.sides[0])
    left_out = Comparison(read(f"{DECLARATIONS} theorem t: Z[k] = 0").statements[0].sides[0], "!=", ZERO)
    assert left_out in {c.claim for c in normalizer.conditions if not c.bound}


def test_inside_a_derivative_a_sign_holds_all_around() -> None:
    """abs(r) = r needs r >= 0; that diff(abs(r), r) = diff(r, r) needs r > 0."""
    claim = read(f"{DECLARATIONS} variable z >= 0 theorem t: diff(abs(z), z) = diff(z, z)").statements[0]
    equal, normalizer = said_equal(*claim.sides, Knowledge(claim.theory))
    assert equal
    assert {c.claim.relation for c in normalizer.conditions} == {">"}


@pytest.mark.parametrize(
    "text",
    [
        "given x = 0: diff(abs(x)*w, x) = diff(x*w, x)",
        "given h = 0: diff(abs(h)*w, x) = diff(h*w, x)",
        "given Z[k] = 0: sum(delta(i, k)*diff(abs(Z[i])*w, Z[i]), i) = diff(Z[k]*w, Z[k])",
        "given Z[k] = 0: sum(delta(i, k)*diff(abs(Z[i])*w, Z[i]), i) = diff(-Z[k]*w, Z[k])",
        "given Z[k] = 1: sum(delta(i, k)*diff(abs(Z[i])*w, Z[i]), i) = diff(Z[k]*w, Z[k])",
        "if(x = 0, diff(abs(x)*w, x), 0) = if(x = 0, diff(x*w, x), 0)",
        "if(x = 0, diff(diff(abs(x)*w, w), x), 0) = if(x = 0, diff(diff(x*w, w), x), 0)",
        "if(Z[k] = 0, sum(delta(i, k)*diff(abs(Z[i])*w, Z[i]), i), 0) = if(Z[k] = 0, diff(Z[k]*w, Z[k]), 0)",
        "if(x >= 0, diff(abs(x)*w, x), 0) = if(x >= 0, diff(x*w, x), 0)",
    ],
)
def test_inside_a_derivative_nothing_is_known_of_the_point_alone(text: str) -> None:
    claim = text if text.startswith("given") else f": {text}"
    statement = read(f"{DECLARATIONS} define h = sin(x) theorem t {claim}").statements[0]
    normalizer = Normalizer(Knowledge(statement.theory, statement.hypotheses))
    try:
        equal = normalizer.equal(*statement.sides)
    except (Undefined, LimitError):
        return
    assert not equal


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("given w = 0: diff(abs(w)*x, x) = diff(w*x, x)", {"="}),
        ("given x > 0: diff(abs(x), x) = diff(x, x)", {">"}),
        ("given x >= 0: diff(abs(x), x) = diff(x, x)", {">"}),
        ("given w >= 0: diff(abs(w)*x, x) = diff(w*x, x)", {">="}),
    ],
)
def test_inside_a_derivative_what_does_not_move_is_known(text: str, relations: set[str]) -> None:
    statement = read(f"{DECLARATIONS} theorem t {text}").statements[0]
    normalizer = Normalizer(Knowledge(statement.theory, statement.hypotheses))
    assert normalizer.equal(*statement.sides)
    assert {c.claim.relation for c in normalizer.conditions} == relations


def test_partial_fractions_bring_in_no_inverse_of_what_may_be_0() -> None:
    claim = claimed("sum(Z[i]/(x*Z[i] + 1), i) = sum(Z[i]/(x*Z[i]*w + 1), i)")
    for side in claim.sides:
        poly = Normalizer(Knowledge(claim.theory)).normal(side)
        assert not any(e < 0 for monomial in poly.terms for _, e in monomial), poly


# --- against the judge -----------------------------------------------------------------------------------------------


def knowledge_for(source: Terms) -> Knowledge:
    apart = (Comparison(FREE[0], "!=", FREE[1]),) if source.random.random() < 0.3 else ()
    return Knowledge(source.theory, (), apart)


@given(st.integers(0, 10**9))
@settings(max_examples=examples(1000), deadline=None)
def test_the_normal_form_has_the_value_of_the_term(seed: int) -> None:
    source = Terms(seed)
    term = source.term(4)
    knowledge = knowledge_for(source)
    normalizer = Normalizer(knowledge)
    try:
        found = to_term(normalizer.normal(term))
    except (Undefined, LimitError):
        return
    for _ in range(3):
        point = source.point()
        if knowledge.conditions and point.indices["i"] == point.indices["k"]:
            continue
        if differ(term, found, source.theory, point):
            met = all(condition_holds(c, source.theory, point) for c in normalizer.conditions)
            assert not met, f"{write_term(term)} is not {write_term(found)} at {point}"


@given(st.integers(0, 10**9))
@settings(max_examples=examples(1000), deadline=None)
def test_what_is_called_equal_has_one_value(seed: int) -> None:
    """A term and another made from it by small changes, some of which keep its value and some of which do not."""
    source = Terms(seed)
    term = source.term(3, most=30)
    other = term
    for _ in range(source.random.randint(1, 3)):
        other = changed(other, source)
    knowledge = knowledge_for(source)
    equal, normalizer = said_equal(term, other, knowledge)
    if not equal:
        return
    for _ in range(6):
        point = source.point()
        if knowledge.conditions and point.indices["i"] == point.indices["k"]:
            continue
        if differ(term, other, source.theory, point):
            met = all(condition_holds(c, source.theory, point) for c in normalizer.conditions)
            assert not met, f"{write_term(term)} is not {write_term(other)} at {point}"


def changed(term: Term, source: Terms) -> Term:
    """The term with one place of it changed."""
    parts = [n for n, part in enumerate(children(term)) if not isinstance(part, Affine | Index | Size | Number | Comparison)]
    parts = [0] if isinstance(term, Diff) else parts
    if parts and source.random.random() < 0.75:
        position = source.random.choice(parts)
        new = list(children(term))
        try:
            new[position] = changed(new[position], source)
            return rebuild(term, tuple(new))
        except ValueError:
            return term
    random = source.random
    free = [i for i in FREE if i in free_indices(term)]
    options = [
        lambda: Neg(Neg(term)),
        lambda: Mul((term, ONE)),
        lambda: Add((term, ZERO)),
        lambda: Pow(Pow(term, number(2)), number("1/2")),
        lambda: Pow(term, number(1)),
        lambda: Div(Mul((term, source.entry(list(FREE)))), source.entry(list(FREE))),
        lambda: Apply("exp", (Apply("ln", (term,)),)),
        lambda: Apply("abs", (term,)),
        lambda: Neg(term),
        lambda: substitute(term, {random.choice(free): random.choice([FREE[0], FREE[1]])}) if free else term,
        lambda: term,
    ]
    match term:
        case Add(terms) | Mul(terms):
            options.append(lambda: type(term)(tuple(reversed(terms))))
            options.append(lambda: type(term)(terms[1:]) if len(terms) > 2 else terms[0])
        case Sum(index, excluded, body) | Prod(index, excluded, body):
            options.append(lambda: type(term)(index, excluded[1:], body))
            options.append(lambda: type(term)(index, excluded, Mul((Delta(index, index), body))))
            if isinstance(term, Sum):
                options.append(lambda: Sum(index, (), Mul((Add((ONE, *(Neg(Delta(index, e)) for e in excluded))), body))))
                options.append(lambda: Mul((body, index.range)))
        case Delta(left, right):
            options.append(lambda: Delta(right, left))
            options.append(lambda: Delta(affine(((1, left),), 1), affine(((1, right),), 1)))
            options.append(lambda: Delta(affine(((1, left), (-1, right)), 1), ONE))
        case Entry(name, (Affine() as computed,)):
            running = Index("l", source.theory.ranges(name)[0])
            options.append(lambda: Sum(running, (), Mul((Delta(computed, running), Entry(name, (running,))))))
            options.append(lambda: Entry(name, (affine(((1, computed),), random.choice([-1, 1])),)))
            options.append(lambda: Entry(name, (affine(((-1, computed),), 1),)))
        case Div(above, below):
            options.append(lambda: Mul((above, Pow(below, number(-1)))))
            options.append(lambda: Div(below, above))
        case Pow(base, Number(exponent)):
            options.append(lambda: Pow(base, Number(-exponent)))
            options.append(lambda: Mul((Pow(base, Number(exponent / 2)), Pow(base, Number(exponent / 2)))))
            options.append(lambda: Apply("exp", (Mul((Number(exponent), Apply("ln", (base,)))),)))
        case Apply("ln", (Mul(factors),)):
            options.append(lambda: Add(tuple(Apply("ln", (factor,)) for factor in factors)))
        case Apply("sqrt", (inside,)):
            options.append(lambda: Pow(inside, Number(Fraction(1, 2))))
    try:
        found = random.choice(options)()
    except ValueError:
        return term
    return term if free_indices(found) - set(FREE) - free_indices(term) else found


@given(st.integers(0, 10**9))
@settings(max_examples=examples(150), deadline=None)
def test_identities_of_polynomials_are_recognised(seed: int) -> None:
    """Complete where it must be: polynomials in entries and sums of entries, multiplied out or not."""
    source = Terms(seed)
    a, b, c = (polynomial(source, list(FREE)) for _ in range(3))
    k, j = FREE[1], Index("j", FREE[1].range)
    whole, rest = Sum(j, (), substitute(a, {k: j})), Sum(j, (k,), substitute(a, {k: j}))
    identities = [
        (Mul((a, Add((b, c)))), Add((Mul((a, b)), Mul((c, a))))),
        (Pow(Add((a, Neg(b))), number(2)), Add((Mul((a, a)), Mul((number(-2), a, b)), Mul((b, b))))),
        (whole, Add((rest, a))) if j not in free_indices(a) else (a, a),
        (Sum(j, (), Add((substitute(a, {k: j}), c))), Add((whole, Mul((j.range, c))))),
    ]
    for left, right in identities:
        assert said_equal(left, right, Knowledge(source.theory))[0], write_term(left)


def polynomial(source: Terms, scope: list[Index], depth: int = 2) -> Term:
    if depth == 0:
        return source.entry(scope)
    match source.random.randint(0, 3):
        case 0:
            return Add((polynomial(source, scope, depth - 1), polynomial(source, scope, depth - 1)))
        case 1:
            return Mul((polynomial(source, scope, depth - 1), polynomial(source, scope, depth - 1)))
        case 2:
            index = Index(source.random.choice(["m", "l"]), FREE[0].range)
            return Sum(index, (), polynomial(source, [*scope, index], depth - 1))
    return source.entry(scope)


def test_a_delta_is_used_within_one_range_only() -> None:
    """The language compares indices of one range; rules and substitutions could bring others together."""
    i, m = Index("i", Size("H")), Index("m", Size("M"))
    knowledge = Knowledge(Theory(sizes={"H": 1, "M": 1}, unknowns={"Z": Unknown("Z", True, (Size("H"),))}))
    chosen, entry = Delta(i, m), Entry("Z", (i,))
    # Where M is greater than H there may be no i that is m, and no Z[m].
    assert not said_equal(Sum(i, (), Mul((chosen, entry))), Entry("Z", (m,)), knowledge)[0]
    assert not said_equal(Sum(i, (), chosen), ONE, knowledge)[0]
    assert not said_equal(Mul((chosen, entry)), Mul((chosen, Entry("Z", (m,)))), knowledge)[0]


def test_a_symbol_is_not_the_size_of_another_derivation() -> None:
    """Generators are shared by all that is checked in one process, so a name may mean two things at the same time."""
    of_a_size = Normalizer(Knowledge(Theory(sizes={"n": 1}))).normal(Size("n"))
    here = Normalizer(Knowledge(Theory(unknowns={"n": Unknown("n", True)})))
    n = Entry("n", ())
    assert not here.equal(Apply("sqrt", (Pow(n, TWO),)), n)
    assert of_a_size.key != here.normal(n).key
