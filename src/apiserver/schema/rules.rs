//! Rules: `x-kubernetes-validations`, written in CEL, compiled once with their schema and asked of every object.
//!
//! The language is `kube-cel`'s. What it leaves open is done here: bounds on what a rule may say and cost, which items of
//! before belong to which items of now, and upstream's texts.

mod cost;
mod evaluate;
mod fields;
mod nesting;
mod values;

use std::panic::{AssertUnwindSafe, catch_unwind};

use kube_cel::cel::IdedExpr;
use kube_cel::cel::common::ast::Expr;
use kube_cel::cel::parser::Parser;
use serde_json::Value;

pub(crate) use evaluate::evaluate;
pub(crate) use fields::{children, undefined};

/// The longest expression that is read.
const LONGEST: usize = 16 * 1024;

/// How deeply an expression may nest. Upstream takes more, but no rule that people write comes near.
const DEEPEST: usize = 48;

/// The types that a rule can name.
const TYPES: [&str; 9] = [
    "int",
    "uint",
    "double",
    "bool",
    "string",
    "bytes",
    "list",
    "map",
    "null_type",
];

/// Functions that the language knows; what a rule calls beside them is refused with the definition.
const FUNCTIONS: &str = "contains size max min startsWith endsWith string bytes double int uint bool type dyn duration timestamp \
    getFullYear getMonth getDayOfYear getDayOfMonth getDate getDayOfWeek getHours getMinutes getSeconds getMilliseconds \
    optional.none optional.of optional.ofNonZeroValue value hasValue or orValue optMap optFlatMap matches \
    url upperAscii trim sum sub substring strings.quote split sort slice sign sets.intersects sets.equivalent sets.contains \
    semver reverse replace quantity prefixLength patch minor math.trunc math.sqrt math.sign math.round math.least math.isNaN \
    math.isInf math.isFinite math.greatest math.floor math.ceil math.bitXor math.bitShiftRight math.bitShiftLeft math.bitOr \
    math.bitNot math.bitAnd math.abs masked major lowerAscii lists.range lastIndexOf last join jsonpatch.escapeKey \
    isUnspecified isURL isSorted isSemver isQuantity isLoopback isLinkLocalUnicast isLinkLocalMulticast isLessThan isInteger \
    isIPv6 isIPv4 isIP isGreaterThan isGlobalUnicast isCIDRv6 isCIDRv4 isCIDR ip.isCanonical ip indexOf getScheme getQuery \
    getPort getHostname getHost getEscapedPath format.uuid format.uri format.qualifiedName format.named format.labelValue \
    format.dns1123SubdomainPrefix format.dns1123Subdomain format.dns1123LabelPrefix format.dns1123Label \
    format.dns1035LabelPrefix format.dns1035Label format.datetime format.date format.byte format flatten first findAll find \
    family distinct containsIP containsCIDR compareTo cidr charAt base64.encode base64.decode asInteger asApproximateFloat \
    add validate";

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    /// The expression that must hold.
    pub(crate) text: String,
    /// What to say where it does not.
    pub(crate) message: String,
    /// An expression that makes what to say.
    pub(crate) message_text: String,
    /// `FieldValueInvalid` and its like.
    pub(crate) reason: String,
    /// The field that is told of, below the rule's own place.
    pub(crate) field: String,
    /// `optionalOldSelf`.
    pub(crate) optional_old: Option<bool>,
    /// The rule as the schema has it.
    pub(crate) raw: Value,
    /// What was made of the expression.
    pub(crate) compiled: Result<Compiled, String>,
    /// What was made of the message's expression, where there is one.
    pub(crate) compiled_message: Option<Result<Compiled, String>>,
}

/// An expression that was understood.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The expression.
    pub(crate) expression: IdedExpr,
    /// Whether it asks for the state before.
    pub(crate) uses_old: bool,
}

impl Rule {
    /// Reads an item of `x-kubernetes-validations`.
    pub(crate) fn read(raw: &Value) -> Self {
        let text = |field: &str| {
            raw.get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (rule, message_text) = (text("rule"), text("messageExpression"));
        Self {
            compiled: compile(&rule),
            compiled_message: Some(message_text.trim())
                .filter(|expression| !expression.is_empty())
                .map(compile),
            text: rule,
            message: text("message"),
            message_text,
            reason: text("reason"),
            field: text("fieldPath"),
            optional_old: raw.get("optionalOldSelf").and_then(Value::as_bool),
            raw: raw.clone(),
        }
    }

    /// Whether it asks for the state before.
    pub(crate) fn uses_old(&self) -> bool {
        self.compiled.as_ref().is_ok_and(|compiled| compiled.uses_old)
    }

    /// What stands for the rule in messages.
    fn name(&self) -> &str {
        if self.message.is_empty() {
            self.text.trim()
        } else {
            self.message.trim()
        }
    }
}

fn compile(text: &str) -> Result<Compiled, String> {
    if text.len() > LONGEST {
        return Err(format!("compilation failed: it is longer than {LONGEST} bytes"));
    }
    if nesting::depth(text) > DEEPEST {
        return Err(format!("compilation failed: it is nested deeper than {DEEPEST}"));
    }
    // The parser is not ours: should it fail on an expression, the expression is what is refused.
    let parsed = catch_unwind(AssertUnwindSafe(|| {
        Parser::new().enable_optional_syntax(true).parse(text)
    }));
    let expression = match parsed {
        Ok(Ok(expression)) => expression,
        Ok(Err(errors)) => return Err(format!("compilation failed: {errors}")),
        Err(_) => return Err("compilation failed: the expression cannot be parsed".to_owned()),
    };
    check_words(&expression, &mut vec!["self", "oldSelf"])?;
    let references = expression.references();
    let uses_old = references.has_variable("oldSelf");
    Ok(Compiled { expression, uses_old })
}

/// Refuses variables and functions that there are none of, and what the interpreter does not do.
fn check_words<'e>(expression: &'e IdedExpr, known: &mut Vec<&'e str>) -> Result<(), String> {
    let undeclared = |name: &str| {
        Err(format!(
            "compilation failed: undeclared reference to '{name}' (in container '')"
        ))
    };
    match &expression.expr {
        Expr::Ident(name) => {
            let is_type = matches!(
                name.as_str(),
                "int"
                    | "uint"
                    | "double"
                    | "bool"
                    | "string"
                    | "bytes"
                    | "list"
                    | "map"
                    | "null_type"
                    | "type"
            );
            if !known.contains(&name.as_str()) && !is_type && !name.starts_with('@') {
                return undeclared(name);
            }
        }
        Expr::Call(call) => {
            let word = call.func_name.starts_with(|c: char| c.is_ascii_alphabetic());
            // `math.greatest(…)` is a call of `greatest` on what looks like a variable.
            let qualified = call.target.as_ref().and_then(|target| match &target.expr {
                Expr::Ident(name) if !known.contains(&name.as_str()) => {
                    Some(format!("{name}.{}", call.func_name))
                }
                _ => None,
            });
            if qualified.is_some_and(|name| is_function(&name)) {
                return call
                    .args
                    .iter()
                    .try_for_each(|argument| check_words(argument, known));
            }
            if word && !is_function(&call.func_name) {
                return undeclared(&call.func_name);
            }
        }
        Expr::Struct(_) | Expr::Unspecified => {
            return Err("compilation failed: messages cannot be made in rules".to_owned());
        }
        Expr::Comprehension(comprehension) => {
            check_words(&comprehension.iter_range, known)?;
            check_words(&comprehension.accu_init, known)?;
            let before = known.len();
            known.push(&comprehension.iter_var);
            known.extend(comprehension.iter_var2.as_deref());
            known.push(&comprehension.accu_var);
            for part in [
                &comprehension.loop_cond,
                &comprehension.loop_step,
                &comprehension.result,
            ] {
                check_words(part, known)?;
            }
            known.truncate(before);
            return Ok(());
        }
        Expr::List(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Select(_) => {}
    }
    children(expression)
        .into_iter()
        .try_for_each(|child| check_words(child, known))
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.split_ascii_whitespace().any(|known| known == name)
}

#[cfg(test)]
mod tests;
