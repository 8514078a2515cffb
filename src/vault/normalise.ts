export type DocumentKind = "cpf" | "cnpj";
export declare const normaliseEmail: (text: string) => string | null;
export declare const normaliseDocument: (text: string, kind?: DocumentKind) => string | null;
export declare const normalisePhone: (text: string) => string | null;
export declare const normalisePostalCode: (text: string, country?: string) => string | null;
export declare const cpfChecksumValid: (cpf: string) => boolean;
export declare const cnpjChecksumValid: (cnpj: string) => boolean;
