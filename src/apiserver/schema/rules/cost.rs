//! What a rule can cost at most with the values that it is asked of, found before it is asked: the interpreter itself
//! knows no limit.

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::{Expr, LiteralValue};

use super::children;

/// How large the values of an object are: the most items of a list or map, the most characters of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Size {
    /// Items.
    pub(super) items: u64,
    /// Characters.
    pub(super) chars: u64,
}

impl Size {
    /// The larger of both in each way.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            items: self.items.max(other.items),
            chars: self.chars.max(other.chars),
        }
    }
}

/// Steps that an expression can take, where the values that it is asked of are of `size`.
pub(super) fn steps(expression: &IdedExpr, size: Size) -> u64 {
    Cost {
        size,
        variables: Vec::new(),
    }
    .of(expression)
    .steps
}

/// What an expression can take, and how large what it gives can be.
#[derive(Clone, Copy)]
struct Bound {
    steps: u64,
    size: Size,
}

struct Cost<'e> {
    size: Size,
    variables: Vec<(&'e str, Size)>,
}

impl<'e> Cost<'e> {
    fn of(&mut self, expression: &'e IdedExpr) -> Bound {
        match &expression.expr {
            Expr::Literal(literal) => Bound {
                steps: 1,
                size: Size {
                    items: 0,
                    chars: length(literal),
                },
            },
            Expr::Ident(name) => Bound {
                steps: 1,
                size: self.variable(name),
            },
            Expr::Select(select) => {
                let operand = self.of(&select.operand);
                Bound {
                    steps: operand.steps.saturating_add(1),
                    size: operand.size,
                }
            }
            Expr::Call(call) => {
                let parts: Vec<Bound> = children(expression)
                    .into_iter()
                    .map(|part| self.of(part))
                    .collect();
                let steps = parts
                    .iter()
                    .fold(1_u64, |steps, part| steps.saturating_add(part.steps));
                let bound = function(&call.func_name, &parts);
                let unbounded = match call.func_name.as_str() {
                    "range" | "lists.range" => !call.args.iter().all(is_small),
                    "format" => !call
                        .target
                        .as_ref()
                        .is_none_or(|target| is_plain_template(target)),
                    _ => false,
                };
                Bound {
                    steps: if unbounded {
                        u64::MAX
                    } else {
                        steps.saturating_add(bound.steps)
                    },
                    size: bound.size,
                }
            }
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                let parts: Vec<Bound> = children(expression)
                    .into_iter()
                    .map(|part| self.of(part))
                    .collect();
                let mut all = Bound {
                    steps: 1,
                    size: Size {
                        items: parts.len() as u64,
                        chars: 0,
                    },
                };
                for part in parts {
                    all.steps = all.steps.saturating_add(part.steps);
                    all.size = all.size.or(part.size);
                }
                all
            }
        }
    }

    fn variable(&self, name: &str) -> Size {
        self.variables
            .iter()
            .rev()
            .find(|(known, _)| *known == name)
            .map_or(self.size, |(_, size)| *size)
    }

    fn comprehension(&mut self, all: &'e kube_cel::cel::common::ast::ComprehensionExpr) -> Bound {
        let range = self.of(&all.iter_range);
        let init = self.of(&all.accu_init);
        let rounds = range.size.items.max(1);
        let before = self.variables.len();
        self.variables.push((&all.iter_var, range.size));
        self.variables
            .extend(all.iter_var2.as_deref().map(|name| (name, range.size)));
        self.variables.push((&all.accu_var, init.size));
        let (condition, step) = (self.of(&all.loop_cond), self.of(&all.loop_step));
        // What is collected grows with every round, and each round copies it.
        let collects = matches!(all.accu_init.expr, Expr::List(_) | Expr::Map(_));
        let size = if collects {
            Size {
                items: rounds.max(step.size.items),
                chars: step.size.chars,
            }
        } else {
            step.size
        };
        self.variables.truncate(before);
        self.variables.push((&all.accu_var, size));
        let result = self.of(&all.result);
        self.variables.truncate(before);
        let copied = if collects { rounds / 16 } else { 0 };
        let each = condition.steps.saturating_add(step.steps).saturating_add(copied);
        Bound {
            steps: [init.steps, result.steps, rounds.saturating_mul(each)]
                .into_iter()
                .fold(range.steps, u64::saturating_add),
            size: result.size,
        }
    }
}

/// What a function adds, and how large its result can be. `parts` are what it is called upon.
fn function(name: &str, parts: &[Bound]) -> Bound {
    let size = parts
        .iter()
        .fold(Size::default(), |size, part| size.or(part.size));
    let sum = |of: fn(&Size) -> u64| {
        parts
            .iter()
            .fold(0_u64, |sum, part| sum.saturating_add(of(&part.size)))
    };
    let chars = sum(|size| size.chars);
    let items = sum(|size| size.items);
    match name {
        "_+_" => Bound {
            steps: (chars / 64).saturating_add(items / 16),
            size: Size { items, chars },
        },
        "replace" => {
            // Every place between characters may become the replacement.
            let replaced = size.chars.saturating_mul(size.chars.max(1));
            Bound {
                steps: replaced / 16,
                size: Size {
                    items: 0,
                    chars: replaced,
                },
            }
        }
        "join" | "format" => {
            let joined = size.items.max(1).saturating_mul(size.chars.saturating_mul(2));
            Bound {
                steps: joined / 16,
                size: Size {
                    items: 0,
                    chars: joined,
                },
            }
        }
        "flatten" => {
            let flat = size.items.saturating_mul(size.items.max(1));
            Bound {
                steps: flat,
                size: Size { items: flat, ..size },
            }
        }
        "split" | "findAll" => Bound {
            steps: chars,
            size: Size {
                items: size.chars.max(size.items),
                chars: size.chars,
            },
        },
        "matches" | "find" => Bound {
            // A pattern is compiled each time.
            steps: 500_u64.saturating_add(chars),
            size,
        },
        "distinct" | "equivalent" | "intersects" | "contains" | "sets.contains" | "sets.equivalent"
        | "sets.intersects" => Bound {
            steps: items.saturating_mul(items.max(1)).saturating_add(chars / 16),
            size,
        },
        "_==_" | "_!=_" | "@in" | "size" | "sum" | "min" | "max" | "sort" | "isSorted" | "indexOf"
        | "lastIndexOf" | "reverse" | "slice" => Bound {
            steps: items.saturating_add(chars / 64),
            size,
        },
        _ => Bound {
            steps: chars / 16,
            size,
        },
    }
}

fn length(literal: &LiteralValue) -> u64 {
    match literal {
        LiteralValue::String(text) => text.inner().len() as u64,
        LiteralValue::Boolean(_)
        | LiteralValue::Bytes(_)
        | LiteralValue::Double(_)
        | LiteralValue::Int(_)
        | LiteralValue::Null
        | LiteralValue::UInt(_) => 0,
    }
}

/// Whether a count is written in the rule and small: nothing else bounds what it makes.
fn is_small(expression: &IdedExpr) -> bool {
    matches!(&expression.expr, Expr::Literal(LiteralValue::Int(count)) if *count.inner() <= 1_000)
}

/// Whether a template is written in the rule, without widths.
fn is_plain_template(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::Literal(LiteralValue::String(text)) => !text.inner().split('%').skip(1).any(|verb| {
            verb.chars()
                .take_while(|c| c.is_ascii_digit() || *c == '.')
                .count()
                > 3
        }),
        _ => false,
    }
}
