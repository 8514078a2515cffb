/**
 * GraphQL's validation messages quote literals, enum values and names that the client chose. Each is replaced by a
 * sentence of ours; the error's location says where.
 */
const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^Give the whole JSON value as one variable/, "A JSON literal holds no variables; give the whole value as one."],
  [/^Cannot query field /, "No such field on this type."],
  [/^Unknown argument /, "No such argument on this field."],
  [/ must have a selection of subfields/, "A field of an object type needs a selection of its fields."],
  [/ must not have a selection since /, "This field has no fields of its own to select."],
  [/^(Field|Directive) ".*" argument ".*" of type ".*" is required/s, "A required argument is missing."],
  [/^Variable ".*" is not defined/s, "This variable is not declared by the operation."],
  [/^Variable ".*" is never used/s, "This variable is declared and never used."],
  [/^Variable ".*" of type ".*" used in position expecting/s, "This variable's type does not fit where it is used."],
  [/^There can be only one /, "Something is named or given twice."],
  [/^Unknown type /, "No such type."],
  [/^Unknown fragment /, "No such fragment."],
  [/^Unknown directive /, "No such directive."],
  [/^Directive ".*" may not be used/s, "This directive may not stand here."],
  [/^The directive ".*" can only be used once/s, "This directive may stand here only once."],
  [/^Fragment ".*" is never used/s, "This fragment is never used."],
  [
    /^Fragment ".*" cannot be spread here|^Fragment cannot be spread here/s,
    "This fragment does not fit where it is spread.",
  ],
  [/^Cannot spread fragment ".*" within itself/s, "A fragment may not contain itself."],
  [/^Fragment ".*" cannot condition|^Fragment cannot condition/s, "A fragment needs an object type."],
  [/^Fields ".*" conflict because/s, "Two fields of the same name differ; give one of them an alias."],
  [/^This anonymous operation must be the only/, "An operation without a name must be the only one."],
  [/ is not defined by type /, "No such field on this input type."],
  [/^Field ".*" of required type ".*" was not provided/s, "A required input field is missing."],
  [/^The schema has no (query|mutation|subscription)s\.$/, "The schema has no operations of this kind."],
  [/^Validation aborted|^Too many validation errors/, "The document has too much wrong, or too much to check."],
  [/^Maximum introspection depth exceeded/, "The introspection query is too deep."],
  [
    / cannot represent |^Expected value of type |^Value ".*" does not exist in|^Enum ".*"/s,
    "This literal does not fit its type.",
  ],
];

/** The fixed sentence for one of graphql-js's validation messages. */
export function wordsFor(message: string): string {
  for (const [pattern, sentence] of SENTENCES) if (pattern.test(message)) return sentence;
  return "The document is not valid against the schema.";
}
