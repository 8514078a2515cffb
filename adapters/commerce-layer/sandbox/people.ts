/** Customers whom every organization has from the beginning. All of them are invented. */
import type { Customer } from "./state.js";

/** Two orders, and in a group. */
export const REPEAT_EMAIL = "rita.repetida@example.com";
/** One order. */
export const ACQUIRED_EMAIL = "aldo.adquirido@example.com";

export function seedCustomers(now: number): Map<string, Customer> {
  const rita = { ...blankCustomer("cstRitaRep", REPEAT_EMAIL, now), status: "repeat", ordersCount: 2 } as const;
  const aldo = { ...blankCustomer("cstAldoAcq", ACQUIRED_EMAIL, now), status: "acquired", ordersCount: 1 } as const;
  return new Map<string, Customer>([
    [rita.id, { ...rita, groupId: "grpVIPgrp1" }],
    [aldo.id, { ...aldo }],
  ]);
}

export function blankCustomer(id: string, email: string, now: number): Customer {
  return {
    id,
    email,
    status: "prospect",
    ordersCount: 0,
    shopperReference: `shp_${id}`,
    groupId: null,
    reference: null,
    referenceOrigin: null,
    metadata: {},
    anonymization: null,
    anonymizationInfo: {},
    requestedAt: 0,
    createdAt: now,
    updatedAt: now,
  };
}
