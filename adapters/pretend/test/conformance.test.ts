import { test } from "@jest/globals";
import { adapterConformance } from "@shopkey/adapter-sdk/conformance";
import { cornerShop } from "./fixtures.js";

adapterConformance(test, cornerShop);
