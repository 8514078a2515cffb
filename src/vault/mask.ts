export type EmailDomainPolicy = "show" | "hide";
type Mask = { (text: string): string; (text: string | null): string | null };
export declare const maskDocument: Mask;
export declare const maskEmail: {
  (text: string, domain?: EmailDomainPolicy): string;
  (text: string | null, domain?: EmailDomainPolicy): string | null;
};
export declare const maskPhone: Mask;
export declare const maskName: Mask;
export declare const maskPostalCode: Mask;
export declare const maskText: Mask;
