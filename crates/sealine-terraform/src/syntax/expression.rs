//! Expressions.
//!
//! Invariant: each level of nesting in the text costs one call of [`Parser::expression`], which
//! counts it.

use super::cursor::{Parse, Parser};
use super::tree::{
    BinaryOperator, Expression, ExpressionKind, ForExpression, ObjectItem, Step, UnaryOperator,
};

impl Parser<'_> {
    /// Reads an expression: operators, then any number of `? :`.
    pub(super) fn expression(&mut self) -> Parse<Expression> {
        self.deeper(|parser| {
            parser.skip_blank();
            let start = parser.at;
            let mut last = parser.operation()?;
            let mut arms = Vec::new();
            loop {
                parser.skip_blank();
                if !parser.eat("?") {
                    break;
                }
                let then = parser.expression()?;
                parser.expect(":", "of the conditional")?;
                let next = parser.operation()?;
                arms.push((std::mem::replace(&mut last, next), then));
            }
            if arms.is_empty() {
                return Ok(last);
            }
            let range = parser.range(start, parser.at).cover(last.range);
            let range = sealine_source::TextRange { end: last.range.end, ..range };
            Ok(Expression { kind: ExpressionKind::Conditional(arms.into(), Box::new(last)), range })
        })
    }

    /// Reads operands joined by operators and groups them by precedence.
    fn operation(&mut self) -> Parse<Expression> {
        let first = self.operand()?;
        self.skip_blank();
        let Some(mut operator) = self.binary_operator() else { return Ok(first) };
        let mut rest = Vec::new();
        loop {
            let operand = self.operand()?;
            rest.push((operator, operand));
            self.skip_blank();
            match self.binary_operator() {
                Some(next) => operator = next,
                None => return Ok(group(first, rest)),
            }
        }
    }

    fn binary_operator(&mut self) -> Option<BinaryOperator> {
        use BinaryOperator as Op;
        let next = self.peek_at(1);
        let (operator, length) = match (self.peek()?, next) {
            (b'|', Some(b'|')) => (Op::Or, 2),
            (b'&', Some(b'&')) => (Op::And, 2),
            (b'=', Some(b'=')) => (Op::Equal, 2),
            (b'!', Some(b'=')) => (Op::NotEqual, 2),
            (b'<', Some(b'=')) => (Op::LessOrEqual, 2),
            (b'>', Some(b'=')) => (Op::GreaterOrEqual, 2),
            (b'<', _) => (Op::Less, 1),
            (b'>', _) => (Op::Greater, 1),
            (b'+', _) => (Op::Add, 1),
            (b'-', _) => (Op::Subtract, 1),
            (b'*', _) => (Op::Multiply, 1),
            (b'/', _) => (Op::Divide, 1),
            (b'%', _) => (Op::Modulo, 1),
            _ => return None,
        };
        self.at += length;
        Some(operator)
    }

    /// Reads `!` and `-`, a primary expression, and the steps after it.
    fn operand(&mut self) -> Parse<Expression> {
        self.skip_blank();
        let start = self.at;
        let mut operators = Vec::new();
        loop {
            match self.peek() {
                Some(b'!') => operators.push(UnaryOperator::Not),
                Some(b'-') => operators.push(UnaryOperator::Negate),
                _ => break,
            }
            self.at += 1;
            self.skip_blank();
        }
        let base = self.primary()?;
        let operand = self.steps(base)?;
        if operators.is_empty() {
            return Ok(operand);
        }
        let range = self.range(start, start).cover(operand.range);
        Ok(Expression { kind: ExpressionKind::Unary(operators.into(), Box::new(operand)), range })
    }

    fn steps(&mut self, base: Expression) -> Parse<Expression> {
        let mut steps = Vec::new();
        let mut end = self.at;
        loop {
            self.skip_blank();
            match self.peek() {
                Some(b'.') if !self.starts_with("..") => {
                    self.at += 1;
                    self.skip_blank();
                    steps.push(self.dot_step()?);
                }
                Some(b'[') => {
                    self.at += 1;
                    let step = self.across_lines(|parser| {
                        parser.skip_blank();
                        let step = if parser.eat("*") {
                            Step::Splat
                        } else {
                            Step::Index(Box::new(parser.expression()?))
                        };
                        parser.expect("]", "after the index")?;
                        Ok(step)
                    })?;
                    steps.push(step);
                }
                _ => break,
            }
            end = self.at;
        }
        // What was skipped after the last step may be a comment that belongs to what follows.
        self.at = end;
        if steps.is_empty() {
            return Ok(base);
        }
        let range = base.range.cover(self.range(end, end));
        Ok(Expression { kind: ExpressionKind::Get(Box::new(base), steps.into()), range })
    }

    fn dot_step(&mut self) -> Parse<Step> {
        let start = self.at;
        if self.eat("*") {
            return Ok(Step::AttributeSplat);
        }
        if let Some(name) = self.identifier() {
            return Ok(Step::Attribute(name.into()));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        let Ok(number) = self.slice(start, self.at).parse::<f64>() else {
            return Err(self.unexpected("a name after `.`"));
        };
        let range = self.range(start, self.at);
        Ok(Step::Index(Box::new(Expression { kind: ExpressionKind::Number(number), range })))
    }

    fn primary(&mut self) -> Parse<Expression> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'"') => return self.quoted(),
            Some(b'<') if self.starts_with("<<") => return self.heredoc(),
            Some(b'(') => {
                self.at += 1;
                let inner = self.across_lines(|parser| {
                    let inner = parser.expression()?;
                    parser.expect(")", "after the expression")?;
                    Ok(inner)
                })?;
                ExpressionKind::Parentheses(Box::new(inner))
            }
            Some(b'[') => {
                self.at += 1;
                self.across_lines(Self::tuple)?
            }
            Some(b'{') => {
                self.at += 1;
                self.object()?
            }
            Some(byte) if byte.is_ascii_digit() => self.number()?,
            _ => self.name_or_call()?,
        };
        Ok(Expression { kind, range: self.range(start, self.at) })
    }

    fn number(&mut self) -> Parse<ExpressionKind> {
        let start = self.at;
        self.digits();
        if self.peek() == Some(b'.') && self.peek_at(1).is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.peek_at(1), Some(b'+' | b'-')));
            if self.peek_at(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                self.at += 1 + sign;
                self.digits();
            }
        }
        match self.slice(start, self.at).parse() {
            Ok(number) => Ok(ExpressionKind::Number(number)),
            Err(_) => Err(self.unexpected("a number")),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn name_or_call(&mut self) -> Parse<ExpressionKind> {
        let start = self.at;
        if self.identifier().is_none() {
            return Err(self.unexpected("an expression"));
        }
        // Functions of providers are written `provider::name::function`.
        while self.starts_with("::") {
            self.at += 2;
            if self.identifier().is_none() {
                return Err(self.unexpected("a name after `::`"));
            }
        }
        let name = self.slice(start, self.at);
        let end = self.at;
        self.skip_blank();
        if self.eat("(") {
            let (arguments, expands) = self.across_lines(Self::arguments)?;
            return Ok(ExpressionKind::Call { name: name.into(), arguments, expands });
        }
        self.at = end;
        Ok(match name {
            "true" => ExpressionKind::Bool(true),
            "false" => ExpressionKind::Bool(false),
            "null" => ExpressionKind::Null,
            _ => ExpressionKind::Name(name.into()),
        })
    }

    fn arguments(&mut self) -> Parse<(Box<[Expression]>, bool)> {
        let mut arguments = Vec::new();
        loop {
            self.skip_blank();
            if self.eat(")") {
                return Ok((arguments.into(), false));
            }
            arguments.push(self.expression()?);
            self.skip_blank();
            if self.eat("...") {
                self.skip_blank();
                self.eat(",");
                self.expect(")", "after `...`")?;
                return Ok((arguments.into(), true));
            }
            if !self.eat(",") {
                self.expect(")", "or `,` after the argument")?;
                return Ok((arguments.into(), false));
            }
        }
    }

    /// Reads what follows `[`.
    fn tuple(&mut self) -> Parse<ExpressionKind> {
        self.skip_blank();
        if self.eat_word("for") {
            let expression = self.for_expression("]")?;
            return Ok(ExpressionKind::For(Box::new(expression)));
        }
        let mut items = Vec::new();
        loop {
            self.skip_blank();
            if self.eat("]") {
                return Ok(ExpressionKind::Tuple(items.into()));
            }
            items.push(self.expression()?);
            self.skip_blank();
            if !self.eat(",") {
                self.expect("]", "or `,` after the item")?;
                return Ok(ExpressionKind::Tuple(items.into()));
            }
        }
    }

    /// Reads what follows `{`.
    fn object(&mut self) -> Parse<ExpressionKind> {
        self.skip_lines();
        if self.eat_word("for") {
            return self.across_lines(|parser| {
                let expression = parser.for_expression("}")?;
                Ok(ExpressionKind::For(Box::new(expression)))
            });
        }
        self.with_newlines(true, |parser| {
            let mut items = Vec::new();
            loop {
                parser.skip_lines();
                if parser.eat("}") {
                    return Ok(ExpressionKind::Object(items.into()));
                }
                let key = parser.expression()?;
                parser.skip_blank();
                let is_assigned = parser.peek() == Some(b'=') && parser.peek_at(1) != Some(b'=');
                if !is_assigned && parser.peek() != Some(b':') {
                    return Err(parser.unexpected("`=` or `:` after the key"));
                }
                parser.at += 1;
                let value = parser.expression()?;
                items.push(ObjectItem { key, value });
                parser.skip_blank();
                if !parser.eat(",") && !parser.at_line_end() && parser.peek() != Some(b'}') {
                    return Err(parser.unexpected("`,`, `}` or a new line after the value"));
                }
                if parser.peek().is_none() {
                    return Err(parser.unexpected("`}` at the end of the object"));
                }
            }
        })
    }

    /// Reads what follows `for`, up to and with the closing bracket.
    fn for_expression(&mut self, closing: &str) -> Parse<ForExpression> {
        let (key_name, value_name) = self.for_names()?;
        let collection = self.expression()?;
        self.expect(":", "after the collection of `for`")?;
        let mut value = self.expression()?;
        self.skip_blank();
        let mut key = None;
        if self.eat("=>") {
            key = Some(std::mem::replace(&mut value, self.expression()?));
            self.skip_blank();
        }
        let groups = self.eat("...");
        self.skip_blank();
        let condition = if self.eat_word("if") { Some(self.expression()?) } else { None };
        self.expect(closing, "at the end of `for`")?;
        Ok(ForExpression { key_name, value_name, collection, key, value, groups, condition })
    }

    /// Reads `value in` or `key, value in`.
    pub(super) fn for_names(&mut self) -> Parse<(Option<Box<str>>, Box<str>)> {
        self.skip_blank();
        let Some(first) = self.identifier() else {
            return Err(self.unexpected("a name after `for`"));
        };
        self.skip_blank();
        let mut names = (None, Box::from(first));
        if self.eat(",") {
            self.skip_blank();
            let Some(second) = self.identifier() else {
                return Err(self.unexpected("a name after `,`"));
            };
            names = (Some(Box::from(first)), Box::from(second));
        }
        self.skip_blank();
        if self.eat_word("in") { Ok(names) } else { Err(self.unexpected("`in` after the names")) }
    }
}

/// Groups operands by precedence, the tightest first.
fn group(first: Expression, rest: Vec<(BinaryOperator, Expression)>) -> Expression {
    let (mut first, mut rest) = (first, rest);
    for precedence in (1..=6).rev() {
        if rest.is_empty() {
            break;
        }
        let mut looser: Vec<(BinaryOperator, Expression)> = Vec::new();
        let mut chain: Vec<(BinaryOperator, Expression)> = Vec::new();
        let mut before: Option<BinaryOperator> = None;
        let mut current = first;
        let mut leader = None;
        for (operator, operand) in rest {
            if operator.precedence() == precedence {
                chain.push((operator, operand));
                continue;
            }
            let done = joined(current, std::mem::take(&mut chain));
            match before {
                None => leader = Some(done),
                Some(operator) => looser.push((operator, done)),
            }
            before = Some(operator);
            current = operand;
        }
        let done = joined(current, chain);
        match (before, leader) {
            (Some(operator), Some(leader)) => {
                looser.push((operator, done));
                first = leader;
            }
            _ => first = done,
        }
        rest = looser;
    }
    first
}

fn joined(first: Expression, rest: Vec<(BinaryOperator, Expression)>) -> Expression {
    let Some((_, last)) = rest.last() else { return first };
    let range = first.range.cover(last.range);
    Expression { kind: ExpressionKind::Binary(Box::new(first), rest.into()), range }
}
